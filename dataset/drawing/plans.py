"""Body plans: one script of drawing words (see script.py) for each kind of creature; colours."""

# main, light and accent colour of each creature, as RGB
PALETTES = """
e8843f f8e6ba 8a5238, 63aaa2 dcebca de7460, 8293d0 e3e7f4 efc95c, a5c568 f0f2c2 4f8459,
b78cc6 f0dff0 655a9c, d9656b f8dcc8 62506c, ebc75c fcf3d3 b4683f, 7484a0 d5dde4 cd5a62,
8cc4e4 f2f8f5 4674ac, c79d70 f3e6cb 648759, efa4b4 fdece8 8d60a6, 56946f dde7aa e9b350
"""
IRISES = ("c0392b", "d98b1f", "2f7fa8", "6f4fa0", "3b8a5a")
COMMON = {"ink": "1a1a1a", "white": "fcfcfc", "green": "86b65c", "gold": "f4d063", "ice": "a3d5e8"}
COMMON |= {"blush": "f0a08f", "fire": "f08a3c", "core": "fbe58a", "gum": "8c2f3c", "beak": "f0b04a"}

PLANS = {
    "fox": """
tail main 27 42 1.0~1.2 bushy|flame|leaf; leg main- -14 36 -20 18 -25 0 7
leg main- 16 36 12 20 17 0 8
shape main -28 48 -26 30 -8 27 10 29 22 23 33 25 36 41 28 53 8 52 -14 57
+blob light -6 26 26 8 soft=1.5; 2? +stripes accent -8 30 58 36 5 2.2 3
3? +spots accent -12 40 32 54 8 3; leg main 23 37 21 20 29 0 9.5 join=1
leg main -14 38 -13 18 -12 0 7.5 join=1; burst light -24 49 14 15 11 .3; at -30 68 1~1.14
ear main- -6 10 108 22~34 7; shape main -19 4 -6 17 10 15 19 2 16 -9 4 -15 -14 -15 -24 -9
+shape light -30 -8 -16 -4 -4 -8 6 -12 -4 -22 -22 -20; ear main 10 11 68 24~38 8
eye -15 1 4.8 fierce|calm|bead inner=1 wide=.5; eye 1 1 5.8 fierce|calm|bead
blob ink -21 -7 2.6 1.9; mouth -14 -12 5 smile; 2? cone light -6 15 100 18 3
3? fan leaf accent 0 13 95 70 3 16 3.4
""",
    "dragon": """
wing accent- -6 56 40~48 128 skin|feather|skin flip=-1
wing accent 10 54 46~56 42|52|30 skin|feather|skin; limb main 6 22 13 28 10 9 48 12 5.5 58 28 2.5
1? fan cone ice 58 25 85 120 4 22 4.5 fall=.2 gloss=1.6; 2? fan cone light 58 27 85 90 3 16 4
3? fan leaf accent 58 27 85 110 3 22 5; leg main- -10 24 -17 14 -17 1 9
limb main- -12 52 6 -25 46 4.6 -33 50 4.4
shape main -14 66 -20 40 -18 18 0 10 18 20 19 38 8 60 2 70
+shape light -22 62 -24 20 -6 11 4 24 0 44 -6 64
+seams light- .6 -24 18 0 17 -24 25 2 24 -24 32 2 31 -24 39 0 38 -24 46 -1 45 -24 53 -2 52
leg main 9 26 6 15 6 0 10.5 join=1; limb main 4 52 7 2 40 5 -9 35 4.6 join=1
cone light -11 38 190 5 1.6; cone light -11.6 35 190 5 1.6; cone light -12 33 195 5 1.6
at -13 79 .95~1.08; fan cone accent 16 5 28 60 3 16~24 5
shape main -25 -3 -17 9 -3 19 13 15 21 1 13 -12 -3 -16 -21 -13
+shape light -31 -7 -13 -6 7 -13 -7 -23 -31 -19 soft=.8; cone light -5 15 110 14~24 4.4 -30|30|-80
cone light 11 12 75 18~28 5 -30|30|-80; 2? cone light -24 2 125 13 4
eye -14 3 5.2 calm|fierce|sleepy inner=1 wide=.5; eye 2 3 6.4 calm|fierce|sleepy
pen ink -22 -1 -21 -1.5 line=1.4; mouth -11 -9 8 fang|open|smile
""",
    "serpent": """
13? snake main 58 14 .5 46 5 4 26 8 8 2 10 11 -18 14 12 -25 32 11.5 -8 46 11 7 63 10 -2 86 9
2? snake main 66 20 .5 55 7 4 36 32 8 20 33 9 8 13 10 -18 14 12 -25 32 11.5 -8 46 11 5 63 10 -2 86 9
at -10 93 1~1.1; 1? wing accent 14 1 28 40; 1? wing accent- -12 3 20 140 skin flip=-1
2? fan cone light 8 9 85 70 3 24 5; 3? fan leaf accent 10 6 62 116 5 30 6
shape main -26 -4 -18 8 -2 15 16 10 21 -2 12 -13 -6 -14 -22 -12
+shape light -32 -8 -14 -5 16 -10 0 -22 -26 -22; eye -14 3 5 fierce|sleepy|calm inner=1 wide=.5
eye 2 3 6.2 fierce|sleepy|calm; pen ink -26 -8 -12 -9 0 -10 9 -5 line=1.2
cone white -17 -8 265 6 1.4; cone white -4 -9 265 5 1.3
""",
    "bird": """
fan leaf accent 24 30 5|40|-15 50 4 34~48 5.5; 2? wing accent- -20 58 34 170 feather flip=-1
limb accent- -8 22 4 -9 11 2 -8 3 1.6; fan cone accent- -8 3 189 33 2 14 2
cone accent- -8 3 -5 8 1.9; limb accent 6 22 4 5 11 2 6 3 1.6; fan cone accent 6 3 189 33 2 14 2
cone accent 6 3 -5 8 1.9; fan leaf accent -12 88 65|95|70 60|105|0 3|4|1 20~28 4.5
shape main -31 72 -26 86 -12 92 3 84 9 66 24 46 30 32 14 17 -6 13 -26 25 -36~-32 46 -27 60
+shape light -44 66 -20 56 -2 34 2 12 -20 8 -46 30 soft=.7; 1? +blob light -30 76 15 12
2? +blob accent -22 92 24 12; 3? +burst accent -20 76 11 11 9 .3
wing main 4 58 42~50 -30|20|-55 feather; cone beak- -25 71.5 205 11 4 gloss=.5
cone beak -26 75 180 15~22 5 30|6|45 gloss=1.4; eye -15 79 5.4 fierce|bead|calm
2? blob blush -10 71 4 2.6 line=0 gloss=0
""",
    "fish": """
fan leaf accent 36 45 0 110|140|96 4|4|3 48~54 8
shape accent -18 60 -18 60 -8 86 2 77 10 88 18 76 24 80 32 50; leaf accent- 0 26 290 18~26 6 20
leaf accent- -18 30 260 18 6 30; 13? limb main -16 62 2.4 -28 92 1.3 -48 92 1
shape main -46 44 -36 58 -18 70 8 72 30 56 42 47 43 40 28 34 6 17 -18 18 -38 32 gloss=1.4
+shape light -54 38 -30 40 0 36 34 40 20 8 -40 8 soft=2; 1? +stripes accent -6 32 74 32 4 3.4 -4
2? +spots accent -8 40 38 72 12 3.4; 3? +spots accent -34 62 38 74 9 3
3? +seams main- .9 6 64 10 58 10 58 6 52 14 64 18 58 18 58 14 52 22 58 26 52 26 52 22 46 2 50 6 44
pen ink -12 62 -6 48 -12 33 line=1.3; leaf accent -4 42 -30|-50|-10 22~28 7.5 -10
eye -26 53 8.2 calm|fierce|sleepy wide=.9; eye -41 53 5.6 calm|fierce|sleepy inner=1 wide=.45
mouth -38 40 6.5 open|fang|smile; 13? blob blush -51 88 6 6 gloss=2; blob ice+ -60 62 3 3 gloss=2
blob ice+ -66 72 2 2 gloss=2; blob ice+ -58 76 1.5 1.5 gloss=2
""",
    "beetle": """
limb accent- -14 26 5 -28 21 4 -33 7 2; cone accent- -33 8 195 9 2 30
limb accent- 8 26 5 -5 21 4 -7 7 2; cone accent- -7 8 195 9 2 30
limb accent- 28 26 5 29 21 4 37 7 2; cone accent- 37 8 195 9 2 30
limb accent -14 26 5 -21 17 4 -26 3 2; cone accent -26 4 195 9 2 30; limb accent 8 26 5 2 17 4 0 3 2
cone accent 0 4 195 9 2 30; limb accent 28 26 5 36 17 4 44 3 2; cone accent 44 4 195 9 2 30
shape light -18 34 0 28 44 28 46 19 30 13 -8 13; +stripes light- -8 42 30 8 7 .7
shape main -16 46 -8 63 14 71~77 36 63 49 41 47 22 10 19 -14 24 gloss=2
1? +spots accent- -6 28 44 74 8 5.2; 2? +stripes accent -4 42 82 12 5 3.6 4
3? +blob light 18 45 22 15; 3? +blob accent 18 45 13 9; pen ink -11 57 8 54 32 38 47 24 line=1.5
1? fan cone accent -41 76 118 95 2 28 4.5 -35
1? limb accent -30 40 8 -39 55 7 -43 68 5.4 -41 82 3 gloss=2
2? limb accent- -34 36 4 -56 46 3.4 -60 64 0; 2? cone accent- -54 46 60 9 2
2? limb accent -26 38 4.5 -48 48 3.8 -52 68 0 gloss=2; 2? cone accent -46 47 60 9 2
3? limb accent -36 48 1.6 -40 70 1.1 -52 78 .8; 3? limb accent -24 52 1.6 -28 74 1.1 -40 82 .8
3? blob light -54 78 4 4 gloss=2; 3? blob light -42 82 4 4 gloss=2
shape main-|main|light -44 36 -38 50 -22 54 -10 44 -9 28 -20 17 -36 20
face -29 39 6 7.5 calm|fierce|bead smile|fang|open 1.75
""",
    "turtle": """
cone main 38 24 10 26 6 25; leg main- -16 22 -22 14 -24 3 9; leg main- 22 22 20 14 18 3 9
1? fan cone ice- 9 54 96 110 4 50 7 gloss=1.6; 1? fan cone ice 9 54 80 50 3 46 6 gloss=1.6
2? limb green 8 62 3.4 12 80 2.2 8 92 2; 2? fan leaf green 11 74 90 150 2 34 6
2? fan leaf blush 8 94 90 300 6 19 6; 2? burst gold 8 94 6 6 10 .15
3? fan cone light 8 32 90 130 7 58 9 fall=.2; leg main 27 24 31 12 31 0 10
leg main -10 24 -9 12 -9 0 10; limb main -20 30 9 -36 36 8 -43 46 8
+blob light -44 28 9 12 soft=1.5
shape accent -30 26 -26 46 -8 62~68 14 70 36 58 47 34 46 23 8 17 gloss=1.3; +blob accent+ 11 58 7 5
+blob accent+ 12 34 7 5; +blob accent+ -13 37 7 5; +blob accent+ 36 34 7 5
+seams accent-- .9 -26 44 0 48 0 48 22 48 22 48 46 40 0 48 -4 20 22 48 24 20 0 48 -2 72 22 48 28 70
limb light -34 27 0 -24 23 4.5 8 18 5 38 21 4.5 49 26 0; at -46 48~54 1~1.1; blob main 0 0 18 15
+blob light -8 -12 16 9 soft=1.2; 2? +spots accent 2 5 18 14 4 2.4
face -5 2 6 8.5 happy|calm|fierce open|smile|fang 1.4
""",
    "mushroom": """
at 50|-50|50 0 .36~.5; limb light 0 0 7 0 22 5.4 0 44 6
shape main -24 38 -24 38 -15 58 0 66 16 58 24 38 24 38 0 34; +spots light -20 42 20 62 4 5; at 0 0
leg light- -9 14 -12 9 -13 0 7; limb light- -14 32 5 -28 30 4 -36 40|22|44 4.5
shape light -17 54 -23 26 -20 8 0 4 22 8 24 26 17 54; leg light 11 16 13 9 12 0 7.5 -.6 join=1
limb light 15 34 6 30 30 4.6 38 22|44|38 4.8 join=1; burst light 0 50 23 6 13 .25; at 0 50 .95~1.1
blob light- 0 2 44 9; +stripes light-- -45 45 10 -8 15 .8
shape main -46 0 -46 0 -37 24 -14 36 14 38 38 23 46 0 46 0 23 5 0 7 -23 5 gloss=1.5
1? +spots light -45 6 45 36 9 6.5; 2? +stripes accent -36 36 38 4 6 4
3? +spots accent -45 8 45 36 7 7; 3? +spots light -45 6 45 36 8 3; at 0 0
face -3 34 7 10 calm|sleepy|bead open|smile|fang; blob blush -20 25 3.6 2.2 line=0 gloss=0
blob blush 16 25 3.6 2.2 line=0 gloss=0
""",
    "ghost": """
1? flame iris ice -18 90 17; 1? flame iris ice 12 90 17; 1? flame iris ice -3 92 25
2? cone accent -20 88 125 26 7 -35; 2? cone accent 14 88 55 26 7 35
3? fan leaf accent -2 94 88 95 3 30 5; limb main- -20 52 7 -38 46 6 -46 60|34|58 6.5
fan cone main- -46 60|34|58 90|270|90 100 3 13 2.8 fall=.1
shape main -30 40 -31 70 -18 92 2 97 22 88 32 52 46 -2 46 -2 22 10 12 -4 12 -4 0 10 -12 -2 -12 -2
+shape main+ -34 26 0 30 44 26 50 -8 -30 -8 soft=3
+shape light -30 12 0 16 44 12 50 -8 -30 -8 soft=3; limb main 20 54 8 40 50 7 50 36|62|64 7 join=1
fan cone main 50 36|62|64 270|90|90 100 3 13 2.8 fall=.1
face -4 72 8~10 12 fierce|calm|sleepy open|smile|fang 1.75; 2? burst gold -2 36 11 11 5 .8 gloss=1.5
""",
    "golem": """
rock main- -18 11 15 11; rock main- -31 52 11 11; rock main- -44 24|76|26 14 15
13? fan cone ice|ice|accent 8 50 90 100 5 44~54 8 gloss=1.8; rock main 19 10 18 12
rock main 2 42 32 30 9; +seams main-- 1.1 14 50 10 40 10 40 16 34 16 34 11 24
2? fan leaf green 18 72 90 100 3 28 6; 2? burst green 10 69 24 8 11 -.25; rock main 35 54 14 14
at 48 26|24|78; rock main 0 0 17 16; rock main -11 -13 5.5 6 6; rock main 8 -13 5.5 6 6
rock main -2 -13 5.5 6 6; at -15 63 .95~1.1; rock main 0 0 20 17 9
face -1 1 6 8 calm|fierce|bead fang|smile|open 1.7; rock main- 0 9 17 4.5 6
""",
    "bat": """
wing accent- -12 52 58~70 155|165|160 skin flip=-1; wing accent 12 52 58~70 25|15|20
limb main -9 26 4 -10 14 2.6 -11 8 2.2; fan cone light -11 8 265 70 3 8 1.7
limb main 8 26 4 7 14 2.6 6 8 2.2; fan cone light 6 8 265 70 3 8 1.7; ear main -13 68 112 30~44 10
ear main 11 68 68 30~44 10; 1? burst main 0 50 25 26 17 .16; 2? blob main 0 50 26 27
3? burst main 0 50 25 27 13 -.12; 1? +burst light -3 34 15 13 11 .25
2? +shape light -16 68 -2 58 14 68 18 40 -2 28 -20 40; 3? +blob light -2 36 17 15 soft=1
face -3 58 6.5~8 10 fierce|calm|happy fang|open|fang 1.9; shape accent- -7 51 -3 52 1 51 -3 47.5
""",
    "frog": """
leg main- -18 22 -30 14 -34 3 8; shape main -26 46 -28 20 -14 6 14 3 36 3 47 16 41 34 28 46
+shape light -34 44 -32 8 -4 2 8 14 2 36 -6 46 soft=.8; 1? +spots accent 10 10 44 44 7 3.6
2? +stripes accent 8 42 48 16 4 2.8; limb main 36 8 5 28 4.4 4.6 18 3 4 join=1 ground=0
pen main-- 19 7 15 18 22 31 36 33 line=1.2; toes main 20 4
limb main 2 32 8 5 16 5 -2 4 4.4 join=1 ground=0; toes main -3 3.4
1? fan leaf green -2 70 88 120 3 30 7 fall=.1; 3? fan cone accent -4 70 90 80 3 28 6 fall=.15
at -2 56 .95~1.08; blob main -18 16 10 12; blob main 17 16 11 12
shape main -35 -2 -20 15 0 17 20 15 35 0 26 -15 0 -20 -26 -15
+shape light -42 -8 -16 -3 0 -5 20 -3 42 -8 26 -26 -26 -26 soft=.6
eye -19 17 7.5 calm|sleepy|fierce inner=1 wide=.75; eye 16 17 8.2 calm|sleepy|fierce
2? mouth -1 -4 14 open; 13? pen ink -28 -1 -18 -7 0 -5 18 -7 28 0 line=1.5
pen ink -5 5 -4 4 line=1.4; pen ink 2 5 3 4 line=1.4; blob blush -26 -8 4 2.5 line=0 gloss=0
blob blush 24 -8 4 2.5 line=0 gloss=0
""",
    "snail": """
limb light 62 3 .5 40 8 7 8 10 10 -18 12 11 -32 26 11 -36 42 12 ground=0
+shape light- 70 -2 64 6 0 5 -36 6 -36 -6 soft=1; at 16 43 .9~1.1
2? fan cone accent 0 0 120 160 8 52 8; 3? limb green 0 25 3 3 40 1.8 0 47 1.6
3? fan leaf green 0 44 90 125 3 28 6.5; blob main 0 0 31 31 gloss=1.6
1? +stripes accent -28 28 34 10 9 1.8 4; 3? +spots accent -31 -31 31 31 16 2.6
+coil main+ main-- 0 0 31; at -40 44 .95~1.1; limb light- -2 6 4 -7 14 2.6 -9 28 2.6
blob light- -9 31 7.6 8.2; eye -9 31 7 calm|sleepy|fierce inner=1 wide=.85
limb light 12 6 4 8 16 2.6 6 32 2.6; blob light 6 35 7.6 8.2; eye 6 35 7 calm|sleepy|fierce wide=.85
blob light 2 -2 15 13; mouth -4 -4 6 smile|open|fang; blob blush 9 -5 3.4 2.2 line=0 gloss=0
""",
    "jellyfish": """
strand light -28 58 -2~10 6~9 4.6; strand accent -17 58 -8~4 -9~-6 4.6
strand light 18 58 0~10 -9~-6 4.6; strand accent 6 58 -8~8 6~10 4.6
strand light 29 58 4~14 -8~-5 4.6; 13? strand accent 26 58 2 -9 4.2
limb light -12 58 6 -15.5 40 6 -7 26 5 -14 12 0; +spots accent -15 26 -11 46 3 2.2
limb light 12 58 6 15.5 40 6 7 26 5 14 12 0; +spots accent 11 26 15 46 3 2.2
fan leaf accent 0 92 90 80|80|40 1|3|2 24 5; at 0 56 .92~1.08; burst light 0 0 36 7 11 -.35
shape main -38 0 -38 0 -36 20 -21 38 0 43 21 38 36 20 38 0 38 0 25 2 13 -3 0 2 -13 -3 -25 2 gloss=2
1? +spots light -36 24 36 42 7 4.6; 2? +blob accent 0 43 21 13; 2? +blob light 0 43 13 8
3? +stripes accent -28 28 44 22 5 3.4; face -4 14 6.5~8 12 sleepy|calm|bead smile|open|smile 1.4
blob blush -24 7 3.8 2.3 line=0 gloss=0; blob blush 20 7 3.8 2.3 line=0 gloss=0
""",
    "cat": """
limb main 18 8 6 38 7 5.5 50 22 5.5 42 40 5 50 54 4; +stripes accent 30 54 50 18 4 2
+blob accent 50 56 9 9; leg main- -12 40 -17 20 -18 2 6
shape main -18 60 -20 34 -14 10 4 4 24 4 31 18 24 38 8 58
+shape light -26 60 -26 30 -14 18 -6 34 -4 58 soft=1; 1? +stripes accent 4 30 54 20 4 2.4 5
3? +spots accent 2 16 28 52 7 3.2; limb main 16 20 15 22 14 13 8 4.5 5 -1 4 4.4 join=1 ground=0
leg main -5 40 -5 20 -6 0 6.5 join=1; 1? burst light -11 57 17 11 11 .3
2? limb accent -26 56 2 -8 51 2.6 10 57 2; 2? blob gold -10 49 4.4 4.4 gloss=2
3? fan leaf accent -10 58 270 160 5 18 4.5; at -10 76 1~1.12; ear main- -15 9 116 20~28 8
ear main 15 10 66 20~30 9
shape main -22 -4 -26 -9 -14 -15 0 -17 16 -15 28 -10 25 -3 24 6 13 16 -1 19 -16 14 -22 5
1? +stripes accent -6 10 24 9 3 1.8; 2? +blob light 0 17 6 9 soft=1; 3? +blob accent 16 4 13 13
+blob light -5 -14 15 9 soft=1; eye -14 0 5.8 calm|fierce|happy inner=1 wide=.7
eye 7 0 6.6 calm|fierce|happy wide=.9; shape blush -8 -5 -5 -4.4 -2 -5 -5 -7.5 line=.7
pen ink -5 -7 -7 -10.5 -11 -9; pen ink -5 -7 -3 -10.5 1 -9; pen ink 22 -6 30 -5 38 -3 line=.6
pen ink 22 -8 30 -9 38 -11 line=.6; pen ink -20 -6 -28 -5 -36 -3 line=.6
pen ink -20 -8 -28 -9 -36 -11 line=.6; 2? cone gold 0 16 96 16 4 gloss=2
""",
    "sprout": """
leaf green- -22 40 165|140|175 32 8.5 -20; leaf green 22 40 15|40|5 32 8.5 20
leg light- -12 24 -12.6 12 -14 0 7.5; leg light- 12 24 12.6 12 14 0 7.5
limb green 0 60 4 3 76 3 0 86 2.6; 1? fan leaf green 0 84 90 170 6 46~54 9
2? fan leaf accent 0 94 90 300 6 30 8; 2? burst gold 0 94 9 9 12 .15
2? +spots beak- -8 87 8 101 6 1.1; 3? fan leaf green 0 84 90 120 3 40~46 9
3? burst main 0 36 26 27 13 .22 gloss=1.3
12? shape main 0 68 -16 62 -29 42 -27 20 -12 8 12 8 27 20 29 42 16 62 gloss=1.3
+blob light -3 18 20 13 soft=1.5; 1? +stripes main- -20 20 70 50 5 2
2? +spots accent -26 46 28 64 7 2.6; face -4 40 7~8.5 11.5 calm|bead|fierce open|smile|fang 1.5
blob blush -24 31 3.8 2.4 line=0 gloss=0; blob blush 17 31 3.8 2.4 line=0 gloss=0
""",
}
