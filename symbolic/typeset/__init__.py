"""Writers for the layout tree: text on one line, LaTeX with amsmath, MathML Core, Typst, words to be read aloud.

They choose spacing, nothing else.

`to_tree` writes an expression itself, as nested lists for programs.

>>> import sympy
>>> from nullcline.symbolic.notation import layout
>>> w, r, I_ext, tau, eigenvalue = sympy.symbols("w r* I_ext tau lambda")
>>> slope = sympy.Function("F'")(w * r + I_ext)
>>> node = layout(sympy.Eq(eigenvalue, (-1 + w * slope) / tau))
>>> print(to_text(node))
λ = [-1 + w F′(w r* + I_ext)]/τ
>>> print(to_latex(node))
\\lambda = \\frac{-1 + w F'(w r^* + I_{\\mathrm{ext}})}{\\tau}
"""

from .latex import to_latex
from .mathml import to_mathml
from .spoken import to_spoken
from .text import to_text
from .tree import to_tree
from .typst import to_typst

__all__ = ["to_latex", "to_mathml", "to_spoken", "to_text", "to_tree", "to_typst"]
