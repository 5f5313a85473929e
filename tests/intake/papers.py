"""Papers of a hospital's form as a phone photographs them, made from a number."""

import random
from io import BytesIO

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

SIZE = (900, 1260)


def form(number: int) -> Image.Image:
    """Draw one filled-in form: the same lines for all, other words in each."""
    chance = random.Random(number)
    page = Image.new("RGB", SIZE, (236, 232, 226))
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(28)
    pen.rectangle((40, 40, 860, 1220), outline="black", width=3)
    pen.text((300, 60), "LUCHENG PEOPLE'S HOSPITAL", "black", font)
    for no in range(5):
        pen.line((60, 140 + 60 * no, 840, 140 + 60 * no), "black", 2)
        words = "".join(chance.choices("ABCDEFGHIKLMNOPRSTUVWXYZ ", k=34))
        pen.text((80, 150 + 60 * no), words, "black", font)
    for no in range(chance.randint(1, 5)):
        words = "".join(chance.choices("abcdefghiklmnoprstuvwxyz0123456789 ", k=40))
        pen.text((80, 480 + 90 * no), f"Rp {no + 1}. {words}", "black", font)
        dose = "".join(chance.choices("0123456789 mgx", k=20))
        pen.text((140, 520 + 90 * no), dose, "black", font)
    _handwriting(pen, chance)
    box = [chance.randint(60, 560), chance.randint(900, 980)]
    pen.ellipse((*box, box[0] + 220, box[1] + 220), outline=(190, 30, 30), width=8)
    return page


def photographed(number: int, angle: int = 0) -> bytes:
    """Photograph a form on a table, at its own distance and light."""
    chance = random.Random(number * 7 + 1)
    table = Image.new("RGB", (1200, 1600), tuple(chance.choices(range(40, 140), k=3)))
    left, top = chance.randint(60, 240), chance.randint(80, 260)
    table.paste(form(number), (left, top))
    shade = Image.linear_gradient("L").resize(table.size).rotate(chance.choice((0, 90)))
    dark = ImageEnhance.Brightness(table).enhance(0.8)
    return jpeg(Image.composite(table, dark, shade).rotate(angle))


def jpeg(image: Image.Image, quality: int = 90, **more: object) -> bytes:
    """Write a picture as JPEG."""
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality, **more)
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    """Write a picture as PNG."""
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def copies(raw: bytes) -> dict[str, bytes]:
    """Make the copies of a photograph that people send again."""
    image = Image.open(BytesIO(raw))
    wide, high = image.size
    edge_x, edge_y = wide // 50, high // 50
    return {
        "half the size": jpeg(image.resize((wide // 2, high // 2))),
        "a third of the size": jpeg(image.resize((wide // 3, high // 3))),
        "compressed": jpeg(image, 30),
        "as PNG": png(image),
        "brighter": jpeg(ImageEnhance.Brightness(image).enhance(1.2)),
        "darker": jpeg(ImageEnhance.Brightness(image).enhance(0.75)),
        "more contrast": jpeg(ImageEnhance.Contrast(image).enhance(1.3)),
        "blurred": jpeg(image.filter(ImageFilter.GaussianBlur(2))),
        "turned by 1 degree": jpeg(image.rotate(1, fillcolor=image.getpixel((5, 5)))),
        "turned by 2 degrees": jpeg(image.rotate(2, fillcolor=image.getpixel((5, 5)))),
        "cropped by 2 %": jpeg(
            image.crop((edge_x, edge_y, wide - edge_x, high - edge_y))
        ),
        "with a watermark": jpeg(_marked(image.copy())),
    }


def _marked(image: Image.Image) -> Image.Image:
    ImageDraw.Draw(image).text((20, 20), "COPY", "red", ImageFont.load_default(40))
    return image


def _handwriting(pen: ImageDraw.ImageDraw, chance: random.Random) -> None:
    at = [chance.randint(420, 560), chance.randint(1090, 1160)]
    for _ in range(40):
        to = [at[0] + chance.randint(2, 12), at[1] + chance.randint(-14, 14)]
        pen.line((*at, *to), (20, 20, 90), 5)
        at = to
