"""A merchant's days in the shop, and whether Storetrail tells them as they were.

processes.py    starting, killing and stopping what takes part
wire.py         the line between shop and Storetrail, which can lose answers
storetrail.py   Storetrail: the program, its command line, its API
shop.py         the shop, its servers and its outbox
visitor.py      somebody with a browser in the shop
merchant.py     what is done in the shop, and what Storetrail must then know
reverts.py      bulk changes, edits by hand, and what reverts leave in the shop's database
faults.py       the same while answers get lost and Storetrail is killed
api.py          what Storetrail knows
page.py         what a person sees
report.py       passed and failed
"""
