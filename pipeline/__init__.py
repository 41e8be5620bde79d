"""Pipeline: the graph of blocks, pictures in and out, writers, and the pipeline that ties them together."""
