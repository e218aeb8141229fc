"""What pyotp and schemathesis say about Storetrail."""
