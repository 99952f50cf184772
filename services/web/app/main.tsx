import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { ErrorBoundary } from "./parts/ErrorBoundary.tsx";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/library.css";
import "./styles/conversation.css";
import "./styles/source.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </StrictMode>,
  );
}
