"""Write every golden page anew."""

from tests.dispensing import golden

for name in golden.PAGES:
    golden.kept(name).write_text(golden.written(name), "utf-8")
