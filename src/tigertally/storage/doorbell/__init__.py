"""The shared-memory change counter (doorbell): tells all processes of a machine of revocations."""
