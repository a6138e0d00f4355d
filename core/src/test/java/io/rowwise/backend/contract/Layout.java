package io.rowwise.backend.contract;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/** How a matrix lies in the memory that it is part of. */
enum Layout {
  /** It is all of it. */
  WHOLE {
    @Override
    Matrix owner(Backend backend, ElementType type, int rows, int columns) {
      return backend.matrix(type, rows, columns);
    }

    @Override
    Matrix view(Matrix owner, int rows, int columns) {
      return owner;
    }
  },

  /** Some rows of it. */
  ROWS {
    @Override
    Matrix owner(Backend backend, ElementType type, int rows, int columns) {
      return backend.matrix(type, rows + 3, columns);
    }

    @Override
    Matrix view(Matrix owner, int rows, int columns) {
      return owner.rows(1, 1 + rows);
    }
  },

  /** Some columns of it, so with gaps between the rows. */
  COLUMNS {
    @Override
    Matrix owner(Backend backend, ElementType type, int rows, int columns) {
      return backend.matrix(type, rows, columns + 5);
    }

    @Override
    Matrix view(Matrix owner, int rows, int columns) {
      return owner.columns(3, 3 + columns);
    }
  },

  /** Some columns of some rows of some columns of it. */
  VIEW_OF_VIEW {
    @Override
    Matrix owner(Backend backend, ElementType type, int rows, int columns) {
      return backend.matrix(type, rows + 4, columns + 6);
    }

    @Override
    Matrix view(Matrix owner, int rows, int columns) {
      return owner.columns(1, columns + 4).rows(2, 2 + rows).columns(2, 2 + columns);
    }
  },

  /** A range of a long row in another shape, starting where no vector register would. */
  RESHAPED {
    @Override
    Matrix owner(Backend backend, ElementType type, int rows, int columns) {
      return backend.matrix(type, 1, rows * columns + 12);
    }

    @Override
    Matrix view(Matrix owner, int rows, int columns) {
      return owner.columns(7, 7 + rows * columns).reshape(rows, columns);
    }
  };

  /** Memory with room for a matrix of that shape in this layout. */
  abstract Matrix owner(Backend backend, ElementType type, int rows, int columns);

  /** That matrix. */
  abstract Matrix view(Matrix owner, int rows, int columns);
}
