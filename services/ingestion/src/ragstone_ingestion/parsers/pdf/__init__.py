"""PDF, read from its text layer by PDFium; order, paragraphs, headings and tables are rebuilt from geometry."""
