"""`sweep serve`: the report of a study as a page that follows the study, for this machine alone.

`follower` reads the log whenever it has grown, `state` and `curves` say what the page shows,
`page` makes its HTML from the templates of the report, `application` answers requests,
`server` runs until Ctrl-C. Nothing is ever written, and no request changes anything.
"""

HOST = "127.0.0.1"  # nobody else can ask
