"""How the names of the sample's medicines are read aloud."""

import pytest

from fixtures.sample import reader
from pharmacies.catalogue.sounds import folded, syllables

NAMES = {
    "精蛋白重组人胰岛素注射液": "jing dan bai chong zu ren yi dao su zhu she ye",
    "重酒石酸卡巴拉汀胶囊": "chong jiu shi suan ka ba la ting jiao nang",
    "单硝酸异山梨酯缓释片": "dan xiao suan yi shan li zhi huan shi pian",
    "盐酸乐卡地平片": "yan suan le ka di ping pian",
    "阿司匹林肠溶片": "a si pi lin chang rong pian",
    "盐酸贝那普利片": "yan suan bei na pu li pian",
    "硫酸羟氯喹片": "liu suan qiang lv kui pian",
    "盐酸曲美他嗪片": "yan suan qu mei ta qin pian",
}
# Of signs that are read in several ways: how they are in the names of medicines.
READ = dict(
    zip(
        "胍片格列吡齐酮那阿卡波汀沙达净重注射精白混培丁胺哌咪地奥石比平磺硝控乐帕单他舒折乙莫化胆塞昔立唑奇膦",
        [
            "gua",
            "pian",
            "ge",
            "lie",
            "bi",
            "qi",
            "tong",
            "na",
            "a",
            "ka",
            "bo",
            "ting",
            "sha",
            "da",
            "jing",
            "chong",
            "zhu",
            "she",
            "jing",
            "bai",
            "hun",
            "pei",
            "ding",
            "an",
            "pai",
            "mi",
            "di",
            "ao",
            "shi",
            "bi",
            "ping",
            "huang",
            "xiao",
            "kong",
            "le",
            "pa",
            "dan",
            "ta",
            "shu",
            "zhe",
            "yi",
            "mo",
            "hua",
            "dan",
            "sai",
            "xi",
            "li",
            "zuo",
            "qi",
            "lin",
        ],
        strict=True,
    )
)


@pytest.mark.parametrize(("name", "sounds"), NAMES.items())
def test_a_name_is_read_as_medicines_are(name, sounds):
    assert " ".join(syllables(name)) == sounds


def test_signs_with_several_readings_have_the_right_one_in_every_name_of_the_sample():
    wrong = [
        (one.name, sign, sound)
        for one in reader.medicines()
        for sign, sound in zip(
            folded(one.name), syllables(folded(one.name)), strict=True
        )
        if READ.get(sign, sound) != sound
    ]
    assert wrong == []
