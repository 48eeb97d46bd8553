"""One code's page, worked out from its rows: each module here makes one section.

The sections are plain values; templates/codes/code_detail.html only prints them. No module here
touches the database, except places, which finds where somebody works.
"""
