"""
Planning a day: which nurse goes where, and when. Pure: no Django, no database, no clock but the processor's.

``plan.plan`` proposes, ``validator.breaches`` judges, a person applies. The engine needs NumPy and Numba (the optional
group ``planning``), which are loaded by the first plan and never by importing this package's front: ``problem``,
``plan``, ``centres``, ``replanning``, ``baselines`` and ``validator``.
"""
