package io.rowwise.backend.cuda.kernel;

import java.util.Locale;

/** How a kernel's threads touch the rows of its matrices. The name is part of the kernel's. */
public enum Layout {
  /** However the rows lie: the kernel looks for itself. Not part of the name. */
  ANY,
  /** By packs, of which all rows are made, and at multiples of whose bytes they start. */
  PACKS,
  /** Element by element: for all other rows. */
  ELEMENTS;

  /** What comes after the algorithm in a kernel's name. */
  String suffix() {
    return this == ANY ? "" : "_" + name().toLowerCase(Locale.ROOT);
  }
}
