"""The only public door: keys, documents, search, chat, the OpenAI wire and the web app."""
