"""Change every product at once, as an operation that Storetrail is told of: lower prices, or put into a category."""

from decimal import Decimal

from django.core.management.base import BaseCommand

from storetrail_bridge.operations import run
from storetrail_bridge.subjects import number


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("id")
        parser.add_argument("--lower-prices", type=int, metavar="PERCENT")
        parser.add_argument("--categorise", metavar="CATEGORY")

    def handle(self, *args, id, lower_prices, categorise, **options):
        if lower_prices:
            left = Decimal(100 - lower_prices) / 100

            def lower(price):
                return number((Decimal(str(price)) * left).quantize(Decimal("0.01")))

            run(id, f"{lower_prices} % off everything", "bulk_operation", "price", lower)
        if categorise:

            def add(names):
                return sorted({*names, categorise})

            run(id, f"Everything is {categorise}", "bulk_tag_update", "categories", add)
