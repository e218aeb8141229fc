"""Storetrail and a real SMTP server: what was sent is what was received, and each answer is told apart.

`server` is the SMTP server, `sending` what is sent and must be received, `answers` what becomes of mails that are put
off, refused, stalled and dropped, `coming_in` mails from outside, `load` the figure.
"""
