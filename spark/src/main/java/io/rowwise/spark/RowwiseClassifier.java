package io.rowwise.spark;

import io.rowwise.backend.ElementType;
import java.util.List;
import org.apache.spark.ml.classification.Classifier;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.SchemaUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * Rowwise's softmax classifier as an estimator of Spark ML: it minimises the mean cross-entropy of
 * all rows plus a penalty of the weights, by L-BFGS, or OWL-QN where the penalty has absolute
 * weights in it. Each evaluation of loss and gradient is one Spark job, whose tasks compute on the
 * GPU that Spark gave them or on the CPU.
 *
 * <pre>{@code
 * RowwiseModel model =
 *     new RowwiseClassifier().setRegParam(1e-3).setWeightCol("w").setDevice("auto").fit(rows);
 * }</pre>
 *
 * <p>For one order of rows the result has the same bits for any number of executors, cores and
 * partitions, and with any task tried again, as long as all processors are of one kind, unless
 * {@link #aggregation} is {@code plain}.
 *
 * <p>Params that MLlib's LogisticRegression has are named as there; {@code docs/spark.md} says
 * where they differ. Rows that cannot be trained on are an {@link IllegalArgumentException} that
 * names the row. A fit holds {@code MEMORY_AND_DISK} storage for a copy of the rows, without their
 * zeros where nearly all are, and memory of the devices, until it ends.
 *
 * <p>Not for use by several threads at once, as all stages that have setters.
 */
public final class RowwiseClassifier extends Classifier<Vector, RowwiseClassifier, RowwiseModel>
    implements TrainingParams, DefaultParamsWritable {
  private static final long serialVersionUID = 1;
  private static final String REPRODUCIBLE = "reproducible";
  private static final String PLAIN = "plain";
  private static final String FLOAT64 = "float64";
  private static final String FLOAT32 = "float32";

  private final String uid;
  private final Param<String> probabilityCol;
  private final DoubleArrayParam thresholds;
  private final Param<String> device;
  private final BooleanParam fallback;
  private final Param<String> weightCol;
  private final Param<String> orderCol;
  private final DoubleParam regParam;
  private final DoubleParam elasticNetParam;
  private final IntParam maxIter;
  private final DoubleParam tol;
  private final BooleanParam standardization;
  private final BooleanParam fitIntercept;
  private final Param<String> aggregation;
  private final Param<String> elementType;
  private final IntParam blockRows;

  /** With a uid of its own. */
  public RowwiseClassifier() {
    this(Identifiable$.MODULE$.randomUID("rowwise"));
  }

  /** With a given uid, as {@link #load} has it. */
  public RowwiseClassifier(String uid) {
    this(Uid.begin(uid));
  }

  private RowwiseClassifier(Uid uid) {
    this.uid = uid.end();
    this.probabilityCol = OwnParams.probabilityCol(this);
    this.thresholds = OwnParams.thresholds(this);
    this.device = OwnParams.device(this);
    this.fallback = OwnParams.fallback(this);
    this.weightCol = OwnParams.column(this, "weightCol", "column of the rows' weights");
    this.orderCol =
        OwnParams.column(this, "orderCol", "column to sort rows by before they are trained on");
    this.regParam = OwnParams.atLeastZero(this, "regParam", "factor of the penalty of the weights");
    this.elasticNetParam =
        OwnParams.share(
            this, "elasticNetParam", "share of the penalty that is of absolute weights");
    this.maxIter = OwnParams.count(this, "maxIter", "the most iterations", 1);
    this.tol =
        OwnParams.atLeastZero(
            this, "tol", "the largest absolute component of the gradient at which a fit ends");
    this.standardization =
        OwnParams.flag(
            this, "standardization", "whether the penalty is on weights of standardised features");
    this.fitIntercept = OwnParams.flag(this, "fitIntercept", "whether each class has an intercept");
    this.aggregation =
        OwnParams.choice(
            this,
            "aggregation",
            "how gradients are added: reproducible has the same bits for any partitioning",
            List.of(REPRODUCIBLE, PLAIN));
    this.elementType =
        OwnParams.choice(this, "elementType", "what is computed in", List.of(FLOAT64, FLOAT32));
    this.blockRows =
        OwnParams.count(this, "blockRows", "rows that are computed at once; 0 to choose them", 0);
    OwnParams.setDefaults(this);
    setDefault(orderCol, "");
    setDefault(regParam, 0.0);
    setDefault(elasticNetParam, 0.0);
    setDefault(maxIter, 100);
    setDefault(tol, 1e-6);
    setDefault(standardization, true);
    setDefault(fitIntercept, true);
    setDefault(aggregation, REPRODUCIBLE);
    setDefault(elementType, FLOAT64);
    setDefault(blockRows, 0);
  }

  @Override
  public String uid() {
    return uid == null ? Uid.pending() : uid;
  }

  @Override
  public Param<String> probabilityCol() {
    return probabilityCol;
  }

  @Override
  public DoubleArrayParam thresholds() {
    return thresholds;
  }

  @Override
  public Param<String> device() {
    return device;
  }

  @Override
  public BooleanParam fallback() {
    return fallback;
  }

  @Override
  public Param<String> weightCol() {
    return weightCol;
  }

  @Override
  public Param<String> orderCol() {
    return orderCol;
  }

  @Override
  public DoubleParam regParam() {
    return regParam;
  }

  @Override
  public DoubleParam elasticNetParam() {
    return elasticNetParam;
  }

  @Override
  public IntParam maxIter() {
    return maxIter;
  }

  @Override
  public DoubleParam tol() {
    return tol;
  }

  @Override
  public BooleanParam standardization() {
    return standardization;
  }

  @Override
  public BooleanParam fitIntercept() {
    return fitIntercept;
  }

  @Override
  public Param<String> aggregation() {
    return aggregation;
  }

  @Override
  public Param<String> elementType() {
    return elementType;
  }

  @Override
  public IntParam blockRows() {
    return blockRows;
  }

  /** Sets {@link #probabilityCol}. */
  public RowwiseClassifier setProbabilityCol(String value) {
    set(probabilityCol, value);
    return this;
  }

  /** Sets {@link #thresholds}. */
  public RowwiseClassifier setThresholds(double[] values) {
    set(thresholds, values.clone());
    return this;
  }

  /** Sets {@link #device}. */
  public RowwiseClassifier setDevice(String value) {
    set(device, value);
    return this;
  }

  /** Sets {@link #fallback}. */
  public RowwiseClassifier setFallback(boolean value) {
    set(fallback, value);
    return this;
  }

  /** Sets {@link #weightCol}. */
  public RowwiseClassifier setWeightCol(String value) {
    set(weightCol, value);
    return this;
  }

  /** Sets {@link #orderCol}. */
  public RowwiseClassifier setOrderCol(String value) {
    set(orderCol, value);
    return this;
  }

  /** Sets {@link #regParam}. */
  public RowwiseClassifier setRegParam(double value) {
    set(regParam, value);
    return this;
  }

  /** Sets {@link #elasticNetParam}. */
  public RowwiseClassifier setElasticNetParam(double value) {
    set(elasticNetParam, value);
    return this;
  }

  /** Sets {@link #maxIter}. */
  public RowwiseClassifier setMaxIter(int value) {
    set(maxIter, value);
    return this;
  }

  /** Sets {@link #tol}. */
  public RowwiseClassifier setTol(double value) {
    set(tol, value);
    return this;
  }

  /** Sets {@link #standardization}. */
  public RowwiseClassifier setStandardization(boolean value) {
    set(standardization, value);
    return this;
  }

  /** Sets {@link #fitIntercept}. */
  public RowwiseClassifier setFitIntercept(boolean value) {
    set(fitIntercept, value);
    return this;
  }

  /** Sets {@link #aggregation}. */
  public RowwiseClassifier setAggregation(String value) {
    set(aggregation, value);
    return this;
  }

  /** Sets {@link #elementType}. */
  public RowwiseClassifier setElementType(String value) {
    set(elementType, value);
    return this;
  }

  /** Sets {@link #blockRows}. */
  public RowwiseClassifier setBlockRows(int value) {
    set(blockRows, value);
    return this;
  }

  boolean hasWeights() {
    return !getWeightCol().isEmpty();
  }

  boolean isReproducible() {
    return getAggregation().equals(REPRODUCIBLE);
  }

  ElementType type() {
    return getElementType().equals(FLOAT32) ? ElementType.FLOAT32 : ElementType.FLOAT64;
  }

  @Override
  public StructType validateAndTransformSchema(
      StructType schema, boolean fitting, DataType featuresDataType) {
    if (fitting && hasWeights()) {
      SchemaUtils.checkNumericType(schema, getWeightCol(), "");
    }
    return OwnParams.withProbabilities(
        this, super.validateAndTransformSchema(schema, fitting, featuresDataType));
  }

  @Override
  public RowwiseModel train(Dataset<?> dataset) {
    ClassifierFit.Result result = ClassifierFit.of(this, dataset);
    return new RowwiseModel(uid(), result.model(), result.summary());
  }

  @Override
  public RowwiseClassifier copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** How to load one that was saved. */
  public static MLReader<RowwiseClassifier> read() {
    return new DefaultParamsReader<>();
  }

  /** Loads one that was saved. */
  public static RowwiseClassifier load(String path) {
    return read().load(path);
  }
}
