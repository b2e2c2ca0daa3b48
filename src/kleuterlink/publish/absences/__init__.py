"""The store of the absence warehouse's rows: deliveries in, in any order, and the year's table out."""
