"""Small instances of each format, written out."""

LI_LIM = """2 10 1
0 0 0 0 0 1000 0 0 0
1 3 4 5 0 500 10 0 2
2 6 8 -5 0 600 10 1 0
3 -3 4 6 10 500.5 10 0 4
4 -6 8 -6 0 600 10 3 0
"""

SOLOMON = """tiny

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0       1000          0
    1      3          4          6        100        200         10
    2      6          8          4          0        300         10
    3     -3          4          5          0        300         10
"""

SARTORI = """NAME: tiny
LOCATION: Nowhere
TYPE: PDPTW
SIZE: 5
CAPACITY: 10
NODES
0 41.3 2.1 0 0 240 0 0 0
1 41.4 2.1 5 0 200 5 0 3
2 41.4 2.2 6 0 200 5 0 4
3 41.5 2.1 -5 0 240 5 1 0
4 41.5 2.2 -6 20 240 5 2 0
EDGES
0 7 8 9 9
7 0 3 4 5
8 3 0 4 5
9 4 4 0 2
9 5 5 2 0
EOF
"""

TEXTS = {"li-lim": LI_LIM, "solomon": SOLOMON, "sartori": SARTORI}
