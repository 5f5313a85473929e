"""What the code on a box tells of a receipt: held against the medicine that it is entered for."""

from sqlmodel import Session

from pharmacies.errors import NoSuchMedicine, StockError, Words
from pharmacies.gs1 import Label, NotGs1, read_label
from pharmacies.tables import MedicineRow


def label_of(session: Session, medicine_code: str, text: str, batch: str) -> Label:
    """Read the GS1 string of a box of a medicine; `batch` is what was typed, '' for nothing.

    Raises StockError where it cannot be read, is of another medicine, or tells another
    batch, and NoSuchMedicine.
    """
    medicine = session.get(MedicineRow, medicine_code)
    if medicine is None:
        raise NoSuchMedicine(medicine_code)
    try:
        label = read_label(text)
    except NotGs1 as error:
        raise _unreadable() from error
    if label.gtin and medicine.barcode and label.gtin != medicine.barcode:
        raise _other_medicine(label.gtin)
    if label.batch and batch and label.batch != batch:
        raise _other_batch(label.batch)
    return label


def _unreadable() -> StockError:
    return StockError(
        "label-unreadable",
        Words(
            "药盒上的码读不出来。",
            "The code of the box cannot be read.",
            "请重新扫描，或手工填写批号和有效期。",
            "Scan it again, or type the batch and the last day.",
        ),
    )


def _other_medicine(gtin: str) -> StockError:
    return StockError(
        "label-other-medicine",
        Words(
            f"药盒上的商品码是 {gtin}，不是所登记的药品。",
            f"The box is of product {gtin}, not of the medicine that is entered.",
            "请核对药品编码。",
            "Check the medicine's code.",
        ),
    )


def _other_batch(batch: str) -> StockError:
    return StockError(
        "label-other-batch",
        Words(
            f"药盒上的批号是 {batch}，与填写的不同。",
            f"The box is of batch {batch}, and another one was typed.",
            "请核对药盒上的批号。",
            "Check the batch on the box.",
        ),
    )
