-- PostgreSQL's trigram indexes go with their rows: nothing to do.
SELECT 1;
