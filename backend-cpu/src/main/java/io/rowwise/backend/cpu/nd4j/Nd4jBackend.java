package io.rowwise.backend.cpu.nd4j;

import static io.rowwise.backend.cpu.nd4j.Nd4jStorage.array;

import io.rowwise.backend.CheckedBackend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.Storage;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cpu.memory.CpuMemory;
import io.rowwise.kernel.KernelOffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.impl.indexaccum.FirstIndex;
import org.nd4j.linalg.api.ops.impl.indexaccum.custom.ArgMax;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.reduce.same.Max;
import org.nd4j.linalg.api.ops.impl.reduce.same.Sum;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarAdd;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarDivision;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarSubtraction;
import org.nd4j.linalg.api.ops.impl.scalar.comparison.ScalarEquals;
import org.nd4j.linalg.api.ops.impl.transforms.custom.EqualTo;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.AddOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.DivOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.SubOp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.indexing.conditions.Conditions;

/**
 * ND4J's operations, as they are. What is fused elsewhere is composed of them.
 *
 * <p>The contract and ND4J 1.0.0-M2.1 do not always agree. What is done about it:
 *
 * <ul>
 *   <li>{@code Max} passes over NaN, and {@code ArgMax} sees one only in a row's first column: the
 *       rows with a NaN are looked for and set afterwards.
 *   <li>{@code Sum} adds up one after the other, which is too coarse for long rows: their halves
 *       are added first.
 *   <li>{@code AddOp} and its kind repeat one operand to the other's shape, but not both to that of
 *       the result: one is repeated beforehand, as a product with ones. Neither {@code broadcast},
 *       which refuses rows, nor {@code assign}, which sets the first elements alone without a word,
 *       would do.
 *   <li>{@code add(Number)} and its kind take NaN for 1e-5: the operations behind them are called
 *       themselves.
 *   <li>{@code EqualTo} gives booleans and {@code ArgMax} integers, which are converted.
 *   <li>{@code Sum} of nothing sets also what lies between a result's rows, and {@code Mmul}
 *       refuses an inner dimension of 0: neither is called then.
 *   <li>{@code assign} to 16 bits rounds a {@code double} twice, and makes a 0 of some NaN: what
 *       goes there is rounded beforehand.
 *   <li>Without enough memory the allocation fails with a {@link RuntimeException}.
 * </ul>
 */
final class Nd4jBackend extends CheckedBackend {
  /** So many are added up one after the other within the contract's bound. */
  private static final int ADDED_IN_TURN = 4;

  /** ND4J's index of what is not there. */
  private static final long NONE = -1;

  private final CpuMemory memory;

  Nd4jBackend(CpuMemory memory) {
    super("nd4j", () -> describeDevice(memory.limit()));
    this.memory = memory;
  }

  private static Device describeDevice(long memory) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("ND4J", Nd4jStart.version());
    return new Device(
        "nd4j",
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        memory,
        details);
  }

  @Override
  protected long memoryLimit(long wanted) {
    return wanted <= memory.surelyThere() ? Long.MAX_VALUE : memory.limit();
  }

  @Override
  protected Storage allocate(ElementType type, long elements) {
    try {
      return new Nd4jStorage(type, elements);
    } catch (OutOfMemoryError | RuntimeException e) {
      OutOfDeviceMemoryException full =
          new OutOfDeviceMemoryException(
              "nd4j", elements * type.bytes(), Math.max(0, memory.limit() - openBytes()));
      full.initCause(e);
      throw full;
    }
  }

  @Override
  protected void multiplyMatrices(
      double alpha,
      Matrix a,
      Transpose transposeA,
      Matrix b,
      Transpose transposeB,
      double beta,
      Matrix out) {
    int inner = transposeA == Transpose.NO ? a.columns() : a.rows();
    if (inner == 0) {
      if (beta == 0) {
        set(0, out);
      } else {
        combine(BinaryOperation.MULTIPLY, out, beta, out);
      }
      return;
    }
    MMulTranspose transposes =
        MMulTranspose.builder()
            .transposeA(transposeA == Transpose.YES)
            .transposeB(transposeB == Transpose.YES)
            .build();
    Nd4j.exec((CustomOp) new Mmul(array(a), array(b), array(out), alpha, beta, transposes));
  }

  @Override
  protected void reduceRows(RowReduction reduction, Matrix x, Matrix out) {
    switch (reduction) {
      case MAX -> {
        Nd4j.exec(new Max(array(x), array(out), true, 1));
        putWhereNaN(x, out, first -> Double.NaN);
      }
      case ARG_MAX -> {
        try (INDArray index = Nd4j.createUninitialized(DataType.INT64, x.rows(), 1)) {
          Nd4j.exec(new ArgMax(new INDArray[] {array(x)}, new INDArray[] {index}, true, 1));
          array(out).assign(index);
        }
        putWhereNaN(x, out, first -> first);
      }
      case SUM -> sumRows(x, out);
    }
  }

  /** Sets the results of the rows that have a NaN, given the column of the first. */
  private static void putWhereNaN(Matrix x, Matrix out, LongToDoubleFunction result) {
    // A sum that is a number has no NaN among its terms, and is found sooner than they are.
    try (INDArray sum = Nd4j.exec(new Sum(array(x)))) {
      if (!Double.isNaN(sum.getDouble(0))) {
        return;
      }
    }
    INDArray results = array(out);
    try (INDArray first = Nd4j.exec(new FirstIndex(array(x), true, Conditions.isNan(), 1))) {
      for (int row = 0; row < x.rows(); row++) {
        if (first.getLong(row, 0) != NONE) {
          results.putScalar(row, 0, result.applyAsDouble(first.getLong(row, 0)));
        }
      }
    }
  }

  private void sumRows(Matrix x, Matrix out) {
    int columns = x.columns();
    if (columns == 0) {
      set(0, out);
    } else if (columns <= ADDED_IN_TURN) {
      Nd4j.exec(new Sum(array(x), array(out), true, 1));
    } else {
      INDArray from = array(x);
      try (INDArray sums =
          Nd4j.createUninitialized(from.dataType(), x.rows(), columns - columns / 2)) {
        do {
          int half = columns / 2;
          int rest = columns - half;
          if (half < rest) {
            columns(sums, half, rest).assign(columns(from, half, rest));
          }
          add(columns(from, 0, half), columns(from, rest, columns), columns(sums, 0, half));
          from = sums;
          columns = rest;
        } while (columns > ADDED_IN_TURN);
        Nd4j.exec(new Sum(columns(sums, 0, columns), array(out), true, 1));
      }
    }
  }

  private static void add(INDArray a, INDArray b, INDArray out) {
    Nd4j.exec((CustomOp) new AddOp(a, b, out));
  }

  private static INDArray columns(INDArray of, int from, int to) {
    return of.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
  }

  @Override
  protected void sumColumns(Matrix x, Matrix out) {
    if (x.rows() == 0) {
      set(0, out);
    } else {
      Nd4j.exec(new Sum(array(x), array(out), true, 0));
    }
  }

  @Override
  protected void apply(UnaryOperation operation, Matrix x, Matrix out) {
    switch (operation) {
      case EXP -> Nd4j.exec(new Exp(array(x), array(out)));
      case LOG -> Nd4j.exec(new Log(array(x), array(out)));
    }
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, Matrix b, Matrix out) {
    INDArray result = array(out);
    INDArray left = array(a);
    INDArray right = array(b);
    if (!left.equalShapes(result) && !right.equalShapes(result)) {
      result.assign(1);
      Nd4j.exec((CustomOp) new MulOp(result, left, result));
      left = result;
    }
    switch (operation) {
      case ADD -> add(left, right, result);
      case SUBTRACT -> Nd4j.exec((CustomOp) new SubOp(left, right, result));
      case MULTIPLY -> Nd4j.exec((CustomOp) new MulOp(left, right, result));
      case DIVIDE -> Nd4j.exec((CustomOp) new DivOp(left, right, result));
      case EQUAL -> {
        try (INDArray equal = Nd4j.createUninitialized(DataType.BOOL, out.rows(), out.columns())) {
          Nd4j.exec((CustomOp) new EqualTo(left, right, equal));
          result.assign(equal);
        }
      }
    }
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, double b, Matrix out) {
    switch (operation) {
      case ADD -> Nd4j.exec(new ScalarAdd(array(a), null, array(out), b));
      case SUBTRACT -> Nd4j.exec(new ScalarSubtraction(array(a), null, array(out), b));
      case MULTIPLY -> Nd4j.exec(new ScalarMultiplication(array(a), null, array(out), b));
      case DIVIDE -> Nd4j.exec(new ScalarDivision(array(a), null, array(out), b));
      case EQUAL -> {
        try (INDArray equal = Nd4j.createUninitialized(DataType.BOOL, out.rows(), out.columns())) {
          Nd4j.exec(new ScalarEquals(array(a), equal, b));
          array(out).assign(equal);
        }
      }
    }
  }

  @Override
  protected void accumulate(double alpha, Matrix x, Matrix out) {
    INDArray sum = array(out);
    try (INDArray scaled = Nd4j.createUninitialized(sum.dataType(), x.rows(), x.columns())) {
      Nd4j.exec(new ScalarMultiplication(array(x), null, scaled, alpha));
      add(sum, scaled, sum);
    }
  }

  @Override
  protected void set(double value, Matrix out) {
    array(out).assign(value);
  }

  @Override
  protected void move(Matrix x, Matrix out) {
    if (out.type().isHalf() && out.type() != x.type()) {
      out.write(x.toDoubles());
    } else {
      array(out).assign(array(x));
    }
  }

  @Override
  protected List<KernelOffer<?>> ownKernels() {
    return List.of();
  }

  @Override
  protected void release() {}
}
