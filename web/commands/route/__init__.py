"""Delivery routes on the command line: public benchmark files, days of a city, pictures."""

import typer

from web.commands.route import cities, city, draw, files

app = typer.Typer(help="Delivery routes.", no_args_is_help=True)
app.command(name="solve")(files.solve)
app.command(name="verify")(files.verify)
app.command(name="city")(city.city)
app.command(name="cities")(cities.cities)
app.command(name="draw")(draw.draw)
