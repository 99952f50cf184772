from pathlib import Path

import pytest

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")
FILES: dict[str, tuple[str, list[str | None]]] = {
    "wall.py": (
        '"""Walls."""\n\nimport os\n\n\n@dataclass\nclass Wall:\n    """A wall."""\n\n'
        "    def build(self):\n        pass\n\n\n"
        "async def main(\n    x,\n):\n    await x\n\n\nif __name__ == '__main__':\n    main()\n",
        ["Wall", "main", None],
    ),
    "wall.ts": (
        'import x from "y";\n\n/** The wall. */\nexport class Wall extends Base<T> {\n  build(): void {\n  }\n}\n\n'
        "export const useWall = (a: number) => {\n  return a;\n};\n\nexport default async function main() {\n}\n"
        "interface Foo { a: string }\ntype Bar = { b: number };\n",
        ["Wall", "useWall", "main", "Foo", "Bar"],
    ),
    "Wall.java": (
        "package a.b;\n\n/**\n * The wall.\n */\n@Service\npublic final class Wall<T> implements X {\n"
        "    private int a;\n}\n",
        ["Wall<T>"],
    ),
    "wall.go": (
        'package main\n\nimport "fmt"\n\n// Wall is one.\ntype Wall struct {\n\tA int\n}\n\n'
        "func (w *Wall) Build(n int) error {\n\treturn nil\n}\n\nfunc main() {\n}\n",
        ["Wall", "Build", "main"],
    ),
    "wall.c": (
        "#include <stdio.h>\n\nstatic int counter = 0;\n\n/* adds */\nstatic int add(int a,\n               int b)\n{\n"
        '    return a + b;\n}\n\nstruct stone {\n    int w;\n};\n\nint main(void) {\n    printf("%d", add(1, 2));\n}\n',
        ["add", "stone", "main"],
    ),
    "wall.cpp": (
        "namespace wall {\nint add(int a) { return a; }\n}\n\ntemplate <typename T>\nclass Stone : public Base {\n"
        "  T x;\n};\n\nvoid Stone::lift(int n) const {\n  x = n;\n}\n",
        ["wall", "Stone", "Stone::lift"],
    ),
    "Wall.cs": (
        "using System;\n\nnamespace Wall.Building\n{\n    public class Mason\n    {\n    }\n}\n",
        ["Wall.Building"],
    ),
    "wall.rs": (
        "use std::io;\n\n#[derive(Debug)]\npub struct Wall<T> { a: T }\n\nimpl<T> Display for Wall<T> {\n"
        "    fn fmt(&self) -> Result { Ok(()) }\n}\n\npub(crate) async fn build(x: u32) -> u32 {\n    x\n}\n",
        ["Wall<T>", "Display for Wall<T>", "build"],
    ),
    "wall.rb": (
        "require 'x'\n\nmodule Wall\n  class Mason\n    def build(n)\n    end\n  end\nend\n\ndef self.go!\nend\n",
        ["Wall", "go!"],
    ),
    "wall.php": (
        "<?php\nnamespace App;\n\nclass Wall {\n    public function build(int $n): void {\n    }\n}\n\n"
        "function helper($x) { return $x; }\n",
        ["Wall", "helper"],
    ),
    "wall.sh": (
        "#!/bin/sh\nset -e\nbuild() {\n  echo x\n}\nfunction clean {\n  rm x\n}\n"
        'for i in 1 2; do\n  echo $i\ndone\nbuild "$@"\n',
        ["build", "clean", None],
    ),
    "wall.sql": (
        "-- walls\nCREATE TABLE IF NOT EXISTS wall (\n  id int\n);\n\nINSERT INTO wall VALUES (1);\n\n"
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS int AS $$\nBEGIN\n  RETURN a;\nEND;\n$$ LANGUAGE plpgsql;\n",
        ["wall", None, "f"],
    ),
    "wall.yaml": (
        "# all\nversion: 3\nservices:\n  web:\n    image: x\nvolumes:\n  data: {}\n",
        ["services", "volumes"],
    ),
    "wall.toml": ("a = 1\n\n[wall]\nb = 2\n\n[[wall.stones]]\nc = 3\n", ["wall", "wall.stones"]),
}


@pytest.mark.parametrize("filename", FILES)
def test_each_definition_is_code_below_its_name_word_for_word(filename: str, tmp_path: Path) -> None:
    text, names = FILES[filename]
    document = read(tmp_path, filename, text)
    found = blocks(document)
    assert document.title == filename
    assert [said for kind, said in found if kind.startswith("heading")] == [name for name in names if name]
    code = [said for kind, said in found if kind == "code"]
    assert [line for one in code for line in one.split("\n") if line] == [line for line in text.split("\n") if line]


def test_what_follows_the_last_definition_is_not_part_of_it(tmp_path: Path) -> None:
    found = blocks(read(tmp_path, "wall.py", FILES["wall.py"][0]))
    assert found[-1] == ("code", "if __name__ == '__main__':\n    main()")


def test_decorators_and_comments_belong_to_what_is_below_them(tmp_path: Path) -> None:
    found = blocks(read(tmp_path, "wall.py", "x = 1\n\n# how\n@decorated(\n    'a')\n@twice\ndef build():\n    pass\n"))
    assert found[-2:] == [
        ("heading1", "build"),
        ("code", "# how\n@decorated(\n    'a')\n@twice\ndef build():\n    pass"),
    ]


def test_a_long_definition_is_parted_at_its_methods(tmp_path: Path) -> None:
    methods = "".join(f"    def method_{n}(self):\n" + "        pass\n" * 20 + "\n" for n in range(4))
    found = blocks(read(tmp_path, "wall.py", f'class Wall:\n    """A wall."""\n\n{methods}'))
    assert found[0] == ("heading1", "Wall")
    assert found[1] == ("code", 'class Wall:\n    """A wall."""')
    assert [one for one in found if one[0] == "heading2"] == [("heading2", f"method_{n}") for n in range(4)]
