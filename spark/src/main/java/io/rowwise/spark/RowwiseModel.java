package io.rowwise.spark;

import static org.apache.spark.sql.functions.col;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.classification.ClassificationModel;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.Matrix;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.ml.util.SchemaUtils;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * A softmax classifier that scores rows of Spark. {@link RowwiseClassifier#fit} makes it, or {@code
 * of} from a model that was trained elsewhere. It is saved as Spark ML saves models, with a
 * safetensors file inside that any Rowwise reads.
 *
 * <p>{@code transform} adds the columns {@code rawPrediction} (the logits), {@code probability} and
 * {@code prediction}, where their names are not empty; it works on streams, too. Dense rows are
 * scored in batches on the device, sparse ones one by one on the CPU. The model goes to each
 * executor once.
 */
public final class RowwiseModel extends ClassificationModel<Vector, RowwiseModel>
    implements ScoringParams, MLWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final Param<String> probabilityCol;
  private final DoubleArrayParam thresholds;
  private final Param<String> device;
  private final BooleanParam fallback;
  private final RowScorer scorer;
  private final transient SoftmaxModel model;
  private final transient FitSummary summary;
  private transient Broadcast<RowScorer> sent;
  private transient SparkContext sentBy;

  /**
   * @param summary or null
   */
  RowwiseModel(String uid, SoftmaxModel model, FitSummary summary) {
    this(Uid.begin(uid), model, summary);
  }

  private RowwiseModel(Uid uid, SoftmaxModel model, FitSummary summary) {
    this.uid = uid.end();
    this.probabilityCol = OwnParams.probabilityCol(this);
    this.thresholds = OwnParams.thresholds(this);
    this.device = OwnParams.device(this);
    this.fallback = OwnParams.fallback(this);
    OwnParams.setDefaults(this);
    this.model = model;
    this.summary = summary;
    this.scorer =
        new RowScorer(
            model.type(), model.features(), model.classes(), model.weights(), model.bias());
  }

  /** A model that was trained elsewhere, with the default names of columns. */
  public static RowwiseModel of(SoftmaxModel model) {
    Objects.requireNonNull(model, "model");
    return new RowwiseModel(Identifiable$.MODULE$.randomUID("rowwise"), model, null);
  }

  /**
   * MLlib's model with its names of columns and its thresholds: probabilities are the same. Of two
   * classes in one row of coefficients each gets half, with another sign.
   */
  public static RowwiseModel of(LogisticRegressionModel mllib) {
    int features = mllib.numFeatures();
    int classes = mllib.numClasses();
    Matrix rows = mllib.coefficientMatrix();
    Vector intercepts = mllib.interceptVector();
    boolean isShared = rows.numRows() == 1 && classes == 2;
    double[] weights = new double[features * classes];
    double[] bias = new double[classes];
    for (int j = 0; j < classes; j++) {
      int row = isShared ? 0 : j;
      double factor = isShared ? j - 0.5 : 1;
      bias[j] = factor * intercepts.apply(row);
      for (int k = 0; k < features; k++) {
        weights[k * classes + j] = factor * rows.apply(row, k);
      }
    }
    RowwiseModel model =
        of(
            SoftmaxModel.of(
                ElementType.FLOAT64,
                features,
                classes,
                weights,
                bias,
                ModelCard.empty().label(mllib.getLabelCol())));
    model.setFeaturesCol(mllib.getFeaturesCol());
    model.setPredictionCol(mllib.getPredictionCol());
    model.setRawPredictionCol(mllib.getRawPredictionCol());
    model.setProbabilityCol(mllib.getProbabilityCol());
    return mllib.isDefined(mllib.thresholds()) ? model.setThresholds(mllib.getThresholds()) : model;
  }

  /** The same model for use without Spark, or to be saved as one file. */
  public SoftmaxModel toSoftmaxModel() {
    return model;
  }

  /** What the fit came to; empty if this model was loaded or trained elsewhere. */
  public Optional<FitSummary> summary() {
    return Optional.ofNullable(summary);
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

  /** Sets {@link #probabilityCol}. */
  public RowwiseModel setProbabilityCol(String value) {
    set(probabilityCol, value);
    return this;
  }

  /**
   * Sets {@link #thresholds}.
   *
   * @throws IllegalArgumentException if there are more or fewer than classes
   */
  public RowwiseModel setThresholds(double[] values) {
    requireThresholds(values);
    set(thresholds, values.clone());
    return this;
  }

  private void requireThresholds(double[] values) {
    if (values.length != numClasses()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "thresholds: there are %d, the model has %d classes",
              values.length,
              numClasses()));
    }
  }

  /** Sets {@link #device}. */
  public RowwiseModel setDevice(String value) {
    set(device, value);
    return this;
  }

  /** Sets {@link #fallback}. */
  public RowwiseModel setFallback(boolean value) {
    set(fallback, value);
    return this;
  }

  @Override
  public int numClasses() {
    return scorer.classes();
  }

  @Override
  public int numFeatures() {
    return scorer.features();
  }

  /** The logits of one row. */
  @Override
  public Vector predictRaw(Vector features) {
    scorer.requireSize(getFeaturesCol(), features);
    return Vectors.dense(scorer.logits(features));
  }

  /** The class probabilities of one row. */
  public Vector predictProbability(Vector features) {
    scorer.requireSize(getFeaturesCol(), features);
    return Vectors.dense(RowScorer.probabilities(scorer.logits(features)));
  }

  @Override
  public double raw2prediction(Vector rawPrediction) {
    return RowScorer.prediction(
        RowScorer.probabilities(rawPrediction.toArray()), thresholdsOrNull());
  }

  private double[] thresholdsOrNull() {
    if (!isDefined(thresholds)) {
      return null;
    }
    requireThresholds(getThresholds());
    return getThresholds();
  }

  @Override
  public StructType validateAndTransformSchema(
      StructType schema, boolean fitting, DataType featuresDataType) {
    return OwnParams.withProbabilities(
        this, super.validateAndTransformSchema(schema, fitting, featuresDataType));
  }

  @Override
  public StructType transformSchema(StructType schema) {
    StructType all = super.transformSchema(schema);
    return getProbabilityCol().isEmpty()
        ? all
        : SchemaUtils.updateAttributeGroupSize(all, getProbabilityCol(), numClasses());
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    Dataset<Row> rows = dataset.toDF();
    StructType before = rows.schema();
    StructType after = transformSchema(before);
    List<BatchScoring.Output> outputs = new ArrayList<>();
    for (int i = before.size(); i < after.size(); i++) {
      outputs.add(output(after.apply(i).name()));
    }
    if (outputs.isEmpty()) {
      return rows;
    }
    BatchScoring.Columns columns =
        new BatchScoring.Columns(before.fieldIndex(getFeaturesCol()), getFeaturesCol(), outputs);
    BatchScoring scoring =
        new BatchScoring(
            send(dataset.sparkSession().sparkContext()),
            columns,
            thresholdsOrNull(),
            getDevice(),
            getFallback());
    return withMetadata(rows.mapPartitions(scoring, Encoders.row(after)), after);
  }

  /** What Spark forgets of columns whose rows went through a function; they may share names. */
  private static Dataset<Row> withMetadata(Dataset<Row> rows, StructType schema) {
    String[] places =
        IntStream.range(0, schema.size()).mapToObj(i -> "c" + i).toArray(String[]::new);
    Column[] columns =
        IntStream.range(0, schema.size())
            .mapToObj(i -> col(places[i]).as(schema.apply(i).name(), schema.apply(i).metadata()))
            .toArray(Column[]::new);
    return rows.toDF(places).select(columns);
  }

  private BatchScoring.Output output(String name) {
    if (name.equals(getRawPredictionCol())) {
      return BatchScoring.Output.RAW_PREDICTION;
    }
    return name.equals(getProbabilityCol())
        ? BatchScoring.Output.PROBABILITY
        : BatchScoring.Output.PREDICTION;
  }

  private synchronized Broadcast<RowScorer> send(SparkContext spark) {
    if (sent == null || sentBy != spark) {
      sent = JavaSparkContext.fromSparkContext(spark).broadcast(scorer);
      sentBy = spark;
    }
    return sent;
  }

  @Override
  public RowwiseModel copy(ParamMap extra) {
    RowwiseModel copy = copyValues(new RowwiseModel(uid(), model, summary), extra);
    copy.setParent(parent());
    return copy;
  }

  @Override
  public MLWriter write() {
    return new ModelFiles.Writer(this);
  }

  /** How to load one that was saved. */
  public static MLReader<RowwiseModel> read() {
    return new ModelFiles.Reader();
  }

  /** Loads one that was saved. */
  public static RowwiseModel load(String path) {
    return read().load(path);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "RowwiseModel: uid=%s, numClasses=%d, numFeatures=%d",
        uid(),
        numClasses(),
        numFeatures());
  }
}
