"""`sweep serve`: a study's report as a live page, on this machine only.

`follower` reads the log whenever it has grown, `state` computes what the page shows, `page` renders
HTML from the report's templates, `application` answers requests, `server` runs until Ctrl-C.
Nothing is written, and no request changes anything.
"""

HOST = "127.0.0.1"  # nobody else can ask
