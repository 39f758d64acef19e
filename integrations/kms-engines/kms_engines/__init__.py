"""Volumes and images whose data keys are wrapped by a Key Management Service. Needs nothing but Python."""
