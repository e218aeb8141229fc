"""Storetrail and Twilio: what a real client would send, and callbacks that Twilio's own package signs.

`double` answers as Twilio's REST API does and keeps what it was sent.
"""
