"""Every operation of every OpenAPI file, asked thousands of questions by everybody: `python -m tests.security.fuzz`.

The apps are the real ones, in this process, on a PostgreSQL of their own and beside each other on the loopback address.
A question is made from the operation's own description and from what earlier answers told (ids, ETags, receipts), then
spoilt in one place or two. Which answers are faults stands in `judge`; why this is our own program in
docs/decisions/0051-questions-are-made-by-our-own-program.md.
"""
