"""Steps that journeys share. A step runs within a journey and is never a journey by itself."""
