"""What is done in the shop, through its dashboard and storefront, and what Storetrail must then know."""

import re
import secrets
from dataclasses import dataclass, field

from .visitor import Visitor

OFFICE_IP, WAREHOUSE_IP, LAYLA_IP, KHALID_IP = "203.0.113.7", "203.0.113.8", "198.51.100.20", "2001:db8::51"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) real-store/office"
PHONE = "Mozilla/5.0 (Linux; Android 16) real-store/phone"
PASSWORD = secrets.token_urlsafe(18)

CATALOGUE = "/dashboard/catalogue/"
PRODUCT_FORM = "#create_update_product_form"
OFFER_FORM = "#create_update_offer_step_form"
VOUCHER_FORM = "#create_update_voucher_form"
SHIRT, COTTON, HAT = "Linen shirt", "قميص قطن", "Straw hat"


@dataclass
class Expected:
    """One activity that must be in Storetrail: as often as it is expected."""

    action: str
    subject: str  # type/id
    by: Visitor
    changes: dict  # field -> (before, after): these and no others, unless `and_more`
    and_more: bool = False
    name: str | None = None
    related: set = field(default_factory=set)  # type/id
    details: dict | None = None
    under_faults: bool = False


class Merchant:
    """The people of the shop, and what they did."""

    def __init__(self):
        self.sara = Visitor("sara@real-store.example", OFFICE_IP, DESKTOP)
        self.omar = Visitor("omar@real-store.example", WAREHOUSE_IP, DESKTOP)
        self.layla = Visitor("layla@customers.example", LAYLA_IP, PHONE)
        self.khalid = Visitor("khalid@customers.example", KHALID_IP, PHONE)
        self.expected = []
        self.products = {}
        self.orders = []

    @property
    def owners(self):
        return (self.sara, self.omar)

    def expect(self, action, subject, by, changes, **more):
        self.expected.append(Expected(action, subject, by, changes, **more))

    # Before the first day. None of it is anything Storetrail has a word for in this bridge.

    def open_shop(self, shop_url):
        for visitor in (*self.owners, self.layla, self.khalid):
            visitor.shop_url = shop_url
        for owner, names in ((self.sara, ("Sara", "Nasser")), (self.omar, ("Omar", "Said"))):
            owner.sign_in(PASSWORD)
            owner.call_oneself(*names)
        sara = self.sara
        sara.submit(CATALOGUE + "product-type/create/", "#create_update_product_class_form", {"name": "Clothing"})
        for name in ("Shirts", "Summer"):
            sara.submit(CATALOGUE + "categories/create/", "#create_update_category_form", {"name": name})
        sara.submit("/dashboard/partners/create/", "form:has([name=name])", {"name": "Riyadh warehouse"})
        everything = {"name": "Everything", "includes_all_products": True}
        sara.submit("/dashboard/ranges/create/", "#create_update_range_form", everything)

    # Products

    def add_products(self):
        self._add_product(SHIRT, "1001", "129.90", 12, 129.9)
        self._add_product(COTTON, "1002", "89.00", 40, 89)
        self._add_product(HAT, "1003", "45.50", 5, 45.5)
        # No category: Oscar saves the product, finds the mistake and deletes it again. Nobody added anything.
        self.sara.submit(
            CATALOGUE + "products/create/clothing/", PRODUCT_FORM, {"title": "Unfinished sandals"}, is_refused=True
        )

    def _add_product(self, title, upc, price, in_stock, price_as_number):
        values = {
            "title": title,
            "upc": upc,
            "productcategory_set-0-category": self._choice("productcategory_set-0-category", "Shirts"),
            "stockrecords-0-partner": self._choice("stockrecords-0-partner", "Riyadh warehouse"),
            "stockrecords-0-partner_sku": f"SKU-{upc}",
            "stockrecords-0-price": price,
            "stockrecords-0-num_in_stock": str(in_stock),
        }
        self.sara.submit(CATALOGUE + "products/create/clothing/", PRODUCT_FORM, values)
        id = self.sara.id_in_link(CATALOGUE, r"/dashboard/catalogue/products/(\d+)/", title)
        self.products[title] = id
        changes = {
            "title": (None, title),
            "price": (None, price_as_number),
            "currency": (None, "SAR"),
            "num_in_stock": (None, in_stock),
            "categories": (None, ["Shirts"]),
            "is_public": (None, True),
        }
        self.expect("product.created", f"product/{id}", self.sara, changes, and_more=True, name=title)

    def _choice(self, select, label):
        page = self.sara.open(CATALOGUE + "products/create/clothing/")
        return next(
            o["value"] for o in page.select(f"select[name={select}] option") if o.get_text().strip(" >-") == label
        )

    def edit_products(self):
        shirt, cotton, hat = (self.products[name] for name in (SHIRT, COTTON, HAT))
        about = f"product/{shirt}"
        summer = self._choice("productcategory_set-0-category", "Summer")
        values = {
            "title": "Linen shirt, slim",
            "stockrecords-0-price": "95.50",
            "productcategory_set-1-category": summer,
        }
        self._edit(self.sara, shirt, values)
        changes = {
            "title": (SHIRT, "Linen shirt, slim"),
            "price": (129.9, 95.5),
            "categories": (["Shirts"], ["Shirts", "Summer"]),
        }
        self.expect("product.updated", about, self.sara, changes, name="Linen shirt, slim")

        self.set_stock(shirt, 30)
        self.expect("stock.adjusted", about, self.omar, {"num_in_stock": (12, 30)})

        # One form, two actions: the price is a product's, the count is the stock's.
        self._edit(self.sara, cotton, {"stockrecords-0-price": "99.00", "stockrecords-0-num_in_stock": "38"})
        self.expect("product.updated", f"product/{cotton}", self.sara, {"price": (89, 99)}, name=COTTON)
        self.expect("stock.adjusted", f"product/{cotton}", self.sara, {"num_in_stock": (40, 38)})

        self._edit(self.sara, shirt, {"is_public": False})
        self.expect("product.hidden", about, self.sara, {"is_public": (True, False)})
        self._edit(self.sara, shirt, {"is_public": True})
        self.expect("product.shown", about, self.sara, {"is_public": (False, True)})

        # Saved without a change: nothing to tell.
        self._edit(self.sara, shirt, {})

        self._bulk("set_product_price", (shirt, cotton), {"increase_by_amount": "4.50"})
        self.expect("product.updated", about, self.sara, {"price": (95.5, 100)})
        self.expect("product.updated", f"product/{cotton}", self.sara, {"price": (99, 103.5)})
        self._bulk("make_products_non_public", (cotton, hat), {})
        self.expect("product.hidden", f"product/{cotton}", self.sara, {"is_public": (True, False)})
        self.expect("product.hidden", f"product/{hat}", self.sara, {"is_public": (True, False)})
        self._edit(self.sara, cotton, {"is_public": True})
        self.expect("product.shown", f"product/{cotton}", self.sara, {"is_public": (False, True)})

        self.sara.submit(f"{CATALOGUE}products/{hat}/delete/", "#delete_product_form")
        changes = {"title": (HAT, None), "price": (45.5, None), "is_public": (False, None)}
        self.expect("product.deleted", f"product/{hat}", self.sara, changes, and_more=True, name=HAT)

    def set_stock(self, product, count):
        self._edit(self.omar, product, {"stockrecords-0-num_in_stock": str(count)})

    def recount(self, product, before, counts):
        """Set the stock again and again, while other things happen."""
        for count in counts:
            self.set_stock(product, count)
            changes = {"num_in_stock": (before, count)}
            self.expect("stock.adjusted", f"product/{product}", self.omar, changes, under_faults=True)
            before = count

    def _edit(self, by, product, values):
        by.submit(f"{CATALOGUE}products/{product}/", PRODUCT_FORM, values)

    def _bulk(self, action, products, values):
        chosen = {"action": action, "selected_product": list(products)}
        self.sara.submit(CATALOGUE, "form[method=post]:has([name=selected_product])", chosen)
        self.sara.submit_here("form[method=post]:has([name=selected_products])", values)

    # Before and between bulk changes

    def stock_up(self):
        """Six products more and a category; their ids."""
        self.sara.submit(CATALOGUE + "categories/create/", "#create_update_category_form", {"name": "Outlet"})
        titles = [f"Scarf {n}" for n in range(1, 7)]
        for n, title in enumerate(titles):
            self._add_product(title, f"20{n:02}", f"{50 + n}.00", 10, 50 + n)
        return [self.products[title] for title in titles]

    def reprice(self, product, price):
        self._edit(self.sara, product, {"stockrecords-0-price": price})

    def categorise(self, product, row, category):
        choice = self._choice("productcategory_set-0-category", category)
        self._edit(self.sara, product, {f"productcategory_set-{row}-category": choice})

    def delete(self, product):
        self.sara.submit(f"{CATALOGUE}products/{product}/delete/", "#delete_product_form")

    # Offers and vouchers

    def run_offers(self):
        id = self._add_offer("Summer sale", "Site", "10")
        about = f"special_offer/{id}"
        changes = {
            "name": (None, "Summer sale"),
            "status": (None, "Open"),
            "incentive": (None, {"type": "Percentage", "value": 10}),
        }
        self.expect("special_offer.created", about, self.sara, changes, and_more=True, name="Summer sale")
        edit = f"/dashboard/offers/{id}/"
        self.sara.submit(edit + "metadata/", OFFER_FORM, {"name": "Late summer sale"}, press="save")
        self.expect("special_offer.updated", about, self.sara, {"name": ("Summer sale", "Late summer sale")})
        self.sara.submit(edit + "incentive/", OFFER_FORM, {"value": "15"}, press="save")
        incentive = ({"type": "Percentage", "value": 10}, {"type": "Percentage", "value": 15})
        self.expect("special_offer.updated", about, self.sara, {"incentive": incentive})
        self.sara.submit(edit, "#status_form", press="suspend")
        self.expect("special_offer.deactivated", about, self.sara, {"status": ("Open", "Suspended")})
        self.sara.submit(edit, "#status_form", press="unsuspend")
        self.expect("special_offer.activated", about, self.sara, {"status": ("Suspended", "Open")})
        self.sara.submit(edit + "delete/", "#delete_offer_form")
        changes = {"name": ("Late summer sale", None)}
        self.expect("special_offer.deleted", about, self.sara, changes, and_more=True, name="Late summer sale")

    def run_vouchers(self):
        self.voucher_offer = self._add_offer("Ten percent", "Voucher", "10")
        about = f"special_offer/{self.voucher_offer}"
        self.expect("special_offer.created", about, self.sara, {"name": (None, "Ten percent")}, and_more=True)
        self.coupon = self._add_voucher("Summer greeting", "SUMMER10")
        about = f"coupon/{self.coupon}"
        changes = {"code": (None, "SUMMER10"), "offers": (None, ["Ten percent"])}
        self.expect("coupon.created", about, self.sara, changes, and_more=True, name="SUMMER10")
        path = f"/dashboard/vouchers/update/{self.coupon}/"
        self.sara.submit(path, VOUCHER_FORM, {"name": "Summer thanks", "usage": "Once per customer"})
        changes = {"name": ("Summer greeting", "Summer thanks"), "usage": ("Multi-use", "Once per customer")}
        self.expect("coupon.updated", about, self.sara, changes)
        old = self._add_voucher("Last year", "OLD10")
        self.expect("coupon.created", f"coupon/{old}", self.sara, {"code": (None, "OLD10")}, and_more=True)
        self.sara.submit(f"/dashboard/vouchers/delete/{old}/", "#delete_voucher_form")
        changes = {"code": ("OLD10", None), "offers": (["Ten percent"], None)}
        self.expect("coupon.deleted", f"coupon/{old}", self.sara, changes, and_more=True, name="OLD10")

    def _add_offer(self, name, kind, percent):
        new = "/dashboard/offers/new/"
        everything = self.sara.id_in_link("/dashboard/ranges/", r"/dashboard/ranges/(\d+)/", "Everything")
        self.sara.submit(new + "metadata/", OFFER_FORM, {"name": name, "offer_type": kind})
        self.sara.submit(new + "incentive/", OFFER_FORM, {"range": everything, "type": "Percentage", "value": percent})
        self.sara.submit(new + "condition/", OFFER_FORM, {"range": everything, "type": "Count", "value": "1"})
        self.sara.submit(new + "restrictions/", OFFER_FORM)
        return self.sara.id_in_link("/dashboard/offers/", r"/dashboard/offers/(\d+)/", name)

    def _add_voucher(self, name, code):
        values = {
            "name": name,
            "code": code,
            "start_datetime": "2026-01-01 00:00",
            "end_datetime": "2099-01-01 00:00",
            "offers": [self.voucher_offer],
        }
        self.sara.submit("/dashboard/vouchers/create/", VOUCHER_FORM, values)
        return self.sara.id_in_link("/dashboard/vouchers/", r"/dashboard/vouchers/stats/(\d+)/", name)

    # Customers

    def meet_customers(self):
        for customer in (self.layla, self.khalid):
            customer.register(PASSWORD)
            id = self.sara.id_in_link("/dashboard/users/", r"/dashboard/users/(\d+)/", customer.email)
            customer.about = f"customer/{id}"
            changes = {"email": (None, customer.email), "is_active": (None, True)}
            self.expect("customer.created", customer.about, customer, changes)
            self.expect("customer.signed_in", customer.about, customer, {})
        layla, khalid = self.layla.about, self.khalid.about
        self.layla.call_oneself("ليلى", "حسن")
        self.expect("customer.updated", layla, self.layla, {"name": ("", "ليلى حسن")}, name="ليلى حسن")
        self.khalid.call_oneself("Khalid", "Amin")
        self.expect("customer.updated", khalid, self.khalid, {"name": ("", "Khalid Amin")}, name="Khalid Amin")

        vip = self._add_group("VIP")
        for customer in (layla, khalid):
            self._set_groups(customer, [vip])
            self.expect("customer.added_to_group", customer, self.sara, {"groups": ([], ["VIP"])})
        self._set_groups(khalid, [])
        self.expect("customer.removed_from_group", khalid, self.sara, {"groups": (["VIP"], [])})
        new = self._add_group("Newcomers")
        page, about = f"/admin/auth/group/{new}/", f"customer_group/{new}"
        self.sara.submit(page + "change/", "#group_form", {"name": "New here"}, press="_save")
        self.expect("customer_group.updated", about, self.sara, {"name": ("Newcomers", "New here")})
        self.sara.submit(page + "delete/", "#content form")
        self.expect("customer_group.deleted", about, self.sara, {"name": ("New here", None)})

        self._set_active(khalid, "make_inactive")
        self.expect("customer.blocked", khalid, self.omar, {"is_active": (True, False)})
        self._set_active(khalid, "make_active")
        self.expect("customer.unblocked", khalid, self.omar, {"is_active": (False, True)})

    def _add_group(self, name):
        self.sara.submit("/admin/auth/group/add/", "#group_form", {"name": name}, press="_save")
        id = self.sara.id_in_link("/admin/auth/group/", r"/admin/auth/group/(\d+)/change/", name)
        self.expect("customer_group.created", f"customer_group/{id}", self.sara, {"name": (None, name)})
        return id

    def _set_groups(self, customer, groups):
        page = f"/admin/auth/user/{customer.split('/')[1]}/change/"
        self.sara.submit(page, "#user_form", {"groups": groups}, press="_save")

    def _set_active(self, customer, action):
        chosen = {"selected_user": [customer.split("/")[1]], "action": action}
        self.omar.submit("/dashboard/users/", "#user_list_form", chosen)

    # Orders

    def take_orders(self):
        shirt, cotton = self.products[SHIRT], self.products[COTTON]
        self.khalid.open("/accounts/logout/")
        self.khalid.sign_in(PASSWORD)
        self.expect("customer.signed_in", self.khalid.about, self.khalid, {})
        first = self._order(self.layla, [(shirt, 2)], code="SUMMER10")
        related = {self.layla.about, f"product/{shirt}", f"coupon/{self.coupon}", f"special_offer/{self.voucher_offer}"}
        changes = {"status": (None, "Pending"), "total": (None, 180), "currency": (None, "SAR")}
        lines = [{"product": "Linen shirt, slim", "sku": "SKU-1001", "quantity": 2, "total": "180.00"}]
        self.expect("order.created", first, self.layla, changes, related=related, details={"lines": lines})
        self.expect("stock.adjusted", f"product/{shirt}", self.layla, {"num_allocated": (None, 2)})
        second = self._order(self.khalid, [(shirt, 1), (cotton, 1)])
        related = {self.khalid.about, f"product/{shirt}", f"product/{cotton}"}
        changes = {"status": (None, "Pending"), "total": (None, 203.5), "currency": (None, "SAR")}
        self.expect("order.created", second, self.khalid, changes, related=related)
        self.expect("stock.adjusted", f"product/{shirt}", self.khalid, {"num_allocated": (2, 3)})
        self.expect("stock.adjusted", f"product/{cotton}", self.khalid, {"num_allocated": (None, 1)})

        self._set_status(first, "Being processed")
        related = {self.layla.about, f"product/{shirt}"}
        changes = {"status": ("Pending", "Being processed")}
        self.expect("order.status_changed", first, self.omar, changes, related=related)
        self._set_status(first, "Complete")
        self.expect("order.completed", first, self.omar, {"status": ("Being processed", "Complete")}, related=related)
        self._set_status(second, "Cancelled")
        related = {self.khalid.about, f"product/{cotton}"}
        self.expect("order.cancelled", second, self.omar, {"status": ("Pending", "Cancelled")}, related=related)

        self.khalid.submit("/accounts/profile/delete/", "#delete_profile_form", {"password": PASSWORD})
        changes = {"name": ("Khalid Amin", None), "email": (self.khalid.email, None)}
        self.expect("customer.deleted", self.khalid.about, self.khalid, changes, and_more=True, name="Khalid Amin")

    def _order(self, customer, lines, code=None):
        for product, quantity in lines:
            # Oscar finds a product by the number in its address and corrects the words.
            customer.submit(f"/catalogue/product_{product}/", "#add_to_basket_form", {"quantity": str(quantity)})
        if code:
            customer.submit("/basket/", "#voucher_form", {"code": code})
        address = {
            "first_name": customer.name.split()[0],
            "last_name": customer.name.split()[-1],
            "line1": "King Fahd Road 12",
            "line4": "Riyadh",
            "postcode": "12271",
            "phone_number": "+966501234567",
        }
        # One country and one way of shipping: Oscar goes on to the preview by itself.
        customer.submit("/checkout/shipping-address/", "#new_shipping_address", address)
        customer.submit("/checkout/preview/", "#place_order_form")
        listed = customer.open("/accounts/orders/").find("a", href=re.compile(r"/accounts/orders/\d+/$"))["href"]
        number = listed.rstrip("/").rsplit("/", 1)[1]
        self.orders.append(number)
        return f"order/{number}"

    def _set_status(self, order, status):
        path = f"/dashboard/orders/{order.split('/')[1]}/"
        self.omar.submit(path, "#order_status_form", {"new_status": status})
