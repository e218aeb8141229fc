"""A django-oscar shop as it comes, with the Storetrail bridge added."""
