package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a kernel computes; its name starts with the operation's, in lower case. */
public enum Operation {
  EXP(Module.ELEMENTWISE),
  LOG(Module.ELEMENTWISE),
  COPY(Module.ELEMENTWISE, Choice.RUN_OR_ANY),
  ADD_MATRIX(Module.ELEMENTWISE),
  SUBTRACT_MATRIX(Module.ELEMENTWISE),
  MULTIPLY_MATRIX(Module.ELEMENTWISE),
  DIVIDE_MATRIX(Module.ELEMENTWISE),
  EQUAL_MATRIX(Module.ELEMENTWISE),
  ADD_NUMBER(Module.ELEMENTWISE),
  SUBTRACT_NUMBER(Module.ELEMENTWISE),
  MULTIPLY_NUMBER(Module.ELEMENTWISE),
  DIVIDE_NUMBER(Module.ELEMENTWISE),
  EQUAL_NUMBER(Module.ELEMENTWISE),
  ADD_SCALED(Module.ELEMENTWISE),
  FILL(Module.ELEMENTWISE),
  ROW_MAX(Module.REDUCTION, Choice.GROUP_OR_BLOCK),
  ROW_SUM(Module.REDUCTION, Choice.GROUP_OR_BLOCK),
  ROW_ARGMAX(Module.REDUCTION, Choice.GROUP_OR_BLOCK),
  COLUMN_SUM(Module.REDUCTION),
  ADD_SCALED_COLUMN_SUM(Module.REDUCTION),
  SOFTMAX(Module.SOFTMAX, Choice.BY_ROW_LENGTH_AND_DEVICE),
  LOG_SOFTMAX(Module.LOG_SOFTMAX, Choice.BY_ROW_LENGTH_AND_DEVICE),
  CROSS_ENTROPY(Module.CROSS_ENTROPY, Choice.BY_ROW_LENGTH_AND_DEVICE),
  CLASS_CROSS_ENTROPY(Module.CLASS_CROSS_ENTROPY, Choice.BY_ROW_LENGTH_AND_DEVICE),
  EVALUATION(Module.EVALUATION, Choice.BY_ROW_LENGTH),
  CLASS_EVALUATION(Module.CLASS_EVALUATION, Choice.BY_ROW_LENGTH),
  MASKED_SOFTMAX(Module.MASKED_SOFTMAX, Choice.GROUP_OR_BLOCK),
  LOG_SUM_EXP(Module.LOG_SUM_EXP, Choice.GROUP_OR_BLOCK),
  RMS_NORM(Module.RMS_NORM, Choice.GROUP_OR_BLOCK),
  TOP_K(Module.TOP_K, Choice.GROUP_OR_BLOCK),
  TRAINING_EPOCH(Module.TRAINING),
  TRAINING_SHARES(Module.TRAINING),
  TRAINING_GRID(Module.TRAINING_GRID),
  SPARSE_PRODUCT(Module.SPARSE, Choice.GROUP_OR_BLOCK),
  CONVERT_TO_F32(Module.CONVERT),
  CONVERT_TO_F64(Module.CONVERT),
  CONVERT_TO_BF16(Module.CONVERT),
  CONVERT_TO_F16(Module.CONVERT);

  /** A PTX file, of which a driver compiles all kernels when it needs the first. */
  private enum Module {
    ELEMENTWISE,
    REDUCTION,
    SOFTMAX,
    LOG_SOFTMAX,
    CROSS_ENTROPY,
    CLASS_CROSS_ENTROPY,
    EVALUATION,
    CLASS_EVALUATION,
    MASKED_SOFTMAX,
    LOG_SUM_EXP,
    RMS_NORM,
    TOP_K,
    TRAINING,
    TRAINING_GRID,
    SPARSE,
    CONVERT
  }

  private enum Choice {
    NONE,
    RUN_OR_ANY,
    GROUP_OR_BLOCK,
    BY_ROW_LENGTH,
    BY_ROW_LENGTH_AND_DEVICE
  }

  private final Module module;
  private final Choice choice;

  Operation(Module module) {
    this(module, Choice.NONE);
  }

  Operation(Module module, Choice choice) {
    this.module = module;
    this.choice = choice;
  }

  /** A copy to another type, or within a type of 16 bits. */
  static Operation convertTo(ElementType type) {
    return switch (type) {
      case FLOAT32 -> CONVERT_TO_F32;
      case FLOAT64 -> CONVERT_TO_F64;
      case BFLOAT16 -> CONVERT_TO_BF16;
      case FLOAT16 -> CONVERT_TO_F16;
    };
  }

  /** What the elements may be that its kernels read. */
  public List<ElementType> types() {
    return switch (this) {
      case CONVERT_TO_F32 ->
          List.of(ElementType.FLOAT64, ElementType.BFLOAT16, ElementType.FLOAT16);
      case CONVERT_TO_F64 ->
          List.of(ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.FLOAT16);
      case CONVERT_TO_BF16,
          CONVERT_TO_F16,
          SOFTMAX,
          LOG_SOFTMAX,
          CROSS_ENTROPY,
          CLASS_CROSS_ENTROPY ->
          List.of(ElementType.values());
      default -> ElementType.arithmetic();
    };
  }

  /** The PTX file with its kernels that every device takes, without {@code .ptx}. */
  public String module() {
    return module.name().toLowerCase(Locale.ROOT);
  }

  /** How the rows may lie that each of its kernels is for. */
  public Set<Layout> layouts() {
    return switch (choice) {
      case BY_ROW_LENGTH, BY_ROW_LENGTH_AND_DEVICE -> EnumSet.of(Layout.PACKS, Layout.ELEMENTS);
      default -> EnumSet.of(Layout.ANY);
    };
  }

  /** The ways in which it is done. */
  public Set<Algorithm> algorithms() {
    return switch (choice) {
      case NONE -> EnumSet.of(Algorithm.ONLY);
      case RUN_OR_ANY -> EnumSet.of(Algorithm.ONLY, Algorithm.RUN);
      case GROUP_OR_BLOCK -> EnumSet.of(Algorithm.GROUP, Algorithm.BLOCK);
      case BY_ROW_LENGTH ->
          EnumSet.of(
              Algorithm.GROUP, Algorithm.WARP, Algorithm.BLOCK, Algorithm.SHARED, Algorithm.LONG);
      case BY_ROW_LENGTH_AND_DEVICE -> EnumSet.range(Algorithm.GROUP, Algorithm.LONG);
    };
  }
}
