"""The same while answers get lost, notes are refused, Storetrail is killed and the delivering process is killed."""

import json
import threading

from .merchant import COTTON, SHIRT
from .processes import wait_for


def lose_answers(report, shop, wire, merchant):
    """Storetrail stores the entry, the shop never hears of it and sends again."""
    counts = [51, 52, 53]
    wire.lose_answers(len(counts))
    merchant.recount(merchant.products[COTTON], 38, counts)
    shop.wait_until_delivered()
    lost = wire.keys_of_lost_answers
    report.equal("answers lost on the way", len(lost), len(counts))
    again = [wire.keys_sent.count(key) for key in lost]
    report.check("each was sent again with the same key", all(times >= 2 for times in again), again)


def refuse(report, shop, merchant):
    """A note that Storetrail can't take stands aside; a key that isn't valid holds everything up, and loses nothing."""
    shop.slip_in_note({"action": "product.updated", "colour": "red"})
    merchant.recount(merchant.products[COTTON], 53, [54])
    shop.wait_until_delivered()
    refused = shop.notes("refused_at IS NOT NULL")
    answer = json.loads(refused[0]["answer"]) if refused else {}
    pointers = [error["pointer"] for error in answer.get("errors", ())]
    report.equal("a note with a field that Storetrail doesn't know is refused by name", pointers, ["/colour"])

    shop.kill_delivery()
    shop.start_delivery(key="st_not-a-key")
    merchant.recount(merchant.products[COTTON], 54, [55])
    wait_for("two tries with the wrong key", lambda: shop.waiting_tries() > 1)
    report.equal("with a wrong key the note waits", shop.waiting(), 1)
    shop.kill_delivery()
    shop.start_delivery()
    shop.wait_until_delivered()
    report.check("with the right one it is delivered", True)


def kill_storetrail(report, shop, wire, storetrail, merchant, kills=4, changes=32):
    """kill -9 while the shop sells; the shop notices nothing, and afterwards nothing is missing or there twice."""
    troubles = []

    def work():
        try:
            merchant.recount(merchant.products[SHIRT], 30, range(101, 101 + changes))
        except Exception as error:
            troubles.append(error)

    work_goes_on = threading.Thread(target=work)
    work_goes_on.start()
    most_waiting = 0
    for kill in range(kills):
        sent = len(wire.keys_sent)
        wait_for("something to be on its way", lambda: len(wire.keys_sent) > sent or not work_goes_on.is_alive())
        storetrail.kill()
        if kill == kills - 1:
            # The last time it stays away until the shop's day is over.
            work_goes_on.join()
        elif kill == 1:
            shop.kill_delivery()
            shop.start_delivery()
        waiting = shop.waiting()
        wait_for("a note to wait", lambda: shop.waiting() > waiting or not work_goes_on.is_alive())
        most_waiting = max(most_waiting, shop.waiting())
        wire.far_end = storetrail.start()
    work_goes_on.join()
    report.check(f"the shop took {changes} changes while Storetrail was killed {kills} times", not troubles, troubles)
    report.check("notes waited in the outbox meanwhile", most_waiting > 0)
    shop.wait_until_delivered()
    report.check(f"all delivered afterwards (at most {most_waiting} waited)", True)
