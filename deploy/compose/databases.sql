-- A database for each service that owns tables. Postgres runs this once, on an empty volume.
CREATE DATABASE gateway;
CREATE DATABASE ingestion;
CREATE DATABASE agents;
CREATE DATABASE router;
