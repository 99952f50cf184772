"""The tables of the pgvector adapter and its two searches, as SQL."""

SCHEMA_LOCK = 0x5261_6777

TABLES = """
CREATE TABLE IF NOT EXISTS index_collections (
    collection text PRIMARY KEY,
    dimensions integer NOT NULL
);
CREATE TABLE IF NOT EXISTS index_chunks (
    collection text NOT NULL,
    chunk_id text NOT NULL,
    tenant text NOT NULL,
    acl text[] NOT NULL,
    document_id text NOT NULL,
    version integer NOT NULL,
    born bigint NOT NULL,
    died bigint NOT NULL,
    facets text[] NOT NULL,
    dimensions integer NOT NULL,
    dense vector NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (collection, chunk_id)
);
ALTER TABLE index_chunks ADD COLUMN IF NOT EXISTS measures jsonb NOT NULL DEFAULT '{}';
ALTER TABLE index_chunks ADD COLUMN IF NOT EXISTS texts jsonb NOT NULL DEFAULT '{}';
CREATE INDEX IF NOT EXISTS index_chunks_by_document ON index_chunks (collection, document_id, version);
CREATE INDEX IF NOT EXISTS index_chunks_by_tenant ON index_chunks (collection, tenant);
CREATE TABLE IF NOT EXISTS index_terms (
    collection text NOT NULL,
    tenant text NOT NULL,
    term bigint NOT NULL,
    chunk_id text NOT NULL,
    weight real NOT NULL,
    PRIMARY KEY (collection, tenant, term, chunk_id),
    FOREIGN KEY (collection, chunk_id) REFERENCES index_chunks ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS index_terms_by_chunk ON index_terms (collection, chunk_id);
"""
"""The payload is bytes, because a chunk's text may hold what Postgres refuses in text."""

GRAPH = """
CREATE INDEX IF NOT EXISTS index_chunks_near_{dimensions} ON index_chunks
    USING hnsw ((dense::vector({dimensions})) vector_cosine_ops) WHERE dimensions = {dimensions}
"""
"""One graph for each number of dimensions; the engine cannot index vectors of different lengths together."""

LONGEST_INDEXED = 2000
"""Dimensions up to which there can be a graph; longer vectors are compared one by one."""

UPSERT_CHUNK = """
INSERT INTO index_chunks VALUES (%(collection)s, %(chunk_id)s, %(tenant)s, %(acl)s, %(document_id)s, %(version)s,
    %(born)s, %(died)s, %(facets)s, %(dimensions)s, %(dense)s::vector, %(payload)s,
    %(measures)s::jsonb, %(texts)s::jsonb)
ON CONFLICT (collection, chunk_id) DO UPDATE SET (tenant, acl, document_id, version, born, died, facets, dimensions,
    dense, payload, measures, texts) = (excluded.tenant, excluded.acl, excluded.document_id, excluded.version,
    excluded.born, excluded.died, excluded.facets, excluded.dimensions, excluded.dense, excluded.payload,
    excluded.measures, excluded.texts)
"""

INSERT_TERMS = """
INSERT INTO index_terms SELECT %(collection)s, %(tenant)s, term, %(chunk_id)s, weight
FROM unnest(%(terms)s::bigint[], %(weights)s::real[]) AS given (term, weight)
"""

VISIBLE = """
chunk.collection = %(collection)s AND chunk.tenant = %(tenant)s AND chunk.acl && %(principals)s::text[]
AND chunk.born <= %(sequence)s AND chunk.died > %(sequence)s
"""

SOME_VALUE = """
EXISTS (SELECT 1 FROM jsonb_array_elements_text(chunk.{column} -> {key}) AS held WHERE {condition})
"""

FIND = "SELECT payload, acl, born, died FROM index_chunks AS chunk WHERE {visible} LIMIT %(limit)s"

COUNT = "SELECT count(*) FROM index_chunks AS chunk WHERE {visible}"

DENSE = """
SELECT payload, acl, born, died, 1 - (dense::vector({dimensions}) <=> %(vector)s::vector({dimensions})) AS score
FROM index_chunks AS chunk WHERE dimensions = {dimensions} AND {visible}
ORDER BY dense::vector({dimensions}) <=> %(vector)s::vector({dimensions}), chunk_id LIMIT %(limit)s
"""

SPARSE = """
WITH query AS (SELECT * FROM unnest(%(terms)s::bigint[], %(weights)s::real[]) AS given (term, weight)),
held AS (SELECT count(*) AS chunks FROM index_chunks WHERE collection = %(collection)s AND tenant = %(tenant)s),
found AS (
    SELECT term, chunk_id, found.weight * query.weight AS weight FROM index_terms AS found JOIN query USING (term)
    WHERE collection = %(collection)s AND tenant = %(tenant)s
),
rarity AS (
    SELECT term, ln(1 + (held.chunks - count(*) + 0.5) / (count(*) + 0.5)) AS idf FROM found, held
    GROUP BY term, held.chunks
),
scored AS (SELECT chunk_id, sum(weight * idf) AS score FROM found JOIN rarity USING (term) GROUP BY chunk_id)
SELECT payload, acl, born, died, score FROM scored JOIN index_chunks AS chunk USING (chunk_id)
WHERE {visible} AND score > 0 ORDER BY score DESC, chunk_id LIMIT %(limit)s
"""

DELETE = """
DELETE FROM index_chunks WHERE collection = %(collection)s AND document_id = %(document_id)s
AND (%(version)s::integer IS NULL OR version = %(version)s)
"""

CHUNKS = """
SELECT payload, acl, born, died FROM index_chunks WHERE collection = %(collection)s
AND (%(document_id)s::text IS NULL OR document_id = %(document_id)s)
AND (%(version)s::integer IS NULL OR version = %(version)s)
"""

DROP = (
    "DELETE FROM index_chunks WHERE collection = %(collection)s",
    "DELETE FROM index_collections WHERE collection = %(collection)s",
)
