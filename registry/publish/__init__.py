"""The public figures as a folder of pages and files that anyone reads without a server.

`edition` fixes what is published, `tables` asks the measures, one module a page puts their answers
into words and drawings, `site` writes the folder. No page runs or fetches anything. Everything is
read as the public would read it (registry/access.py); there is no rule of its own here.
"""
