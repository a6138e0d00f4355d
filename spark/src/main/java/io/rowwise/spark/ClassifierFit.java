package io.rowwise.spark;

import static org.apache.spark.sql.functions.col;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.file.Quoted;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.Objective;
import io.rowwise.trainer.OwlQn;
import io.rowwise.trainer.Solution;
import io.rowwise.trainer.Solver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.BinaryAttribute;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.util.MetadataUtils;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/** One fit of a {@link RowwiseClassifier}, from rows to a model. */
final class ClassifierFit {
  private static final Logger LOG = LoggerFactory.getLogger(ClassifierFit.class);
  private static final String FIT = "fit: ";

  private final RowwiseClassifier estimator;
  private final Dataset<?> dataset;
  private final JavaSparkContext spark;
  private final ElementType type;
  private final boolean hasWeights;
  private final FitProgress progress;

  private ClassifierFit(
      RowwiseClassifier estimator,
      Dataset<?> dataset,
      JavaSparkContext spark,
      FitProgress progress) {
    this.estimator = estimator;
    this.dataset = dataset;
    this.spark = spark;
    this.type = estimator.type();
    this.hasWeights = estimator.hasWeights();
    this.progress = progress;
  }

  /** What came of a fit. */
  record Result(SoftmaxModel model, FitSummary summary) {}

  static Result of(RowwiseClassifier estimator, Dataset<?> dataset) {
    JavaSparkContext spark =
        JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
    try (FitProgress progress = new FitProgress(spark, estimator.uid())) {
      return new ClassifierFit(estimator, dataset, spark, progress).fit();
    } catch (Exception e) {
      RuntimeException own = ownOf(e);
      if (own != null) {
        throw own;
      }
      throw e;
    }
  }

  /** What this module has thrown in a task, without what Spark has put around it; or null. */
  private static RuntimeException ownOf(Exception e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof BackendUnavailableException) {
        return new BackendUnavailableException(FIT + cause.getMessage(), e);
      }
      if (cause instanceof IllegalStateException && cause.getMessage().startsWith(FIT)) {
        return new IllegalStateException(cause.getMessage(), e);
      }
    }
    return null;
  }

  private Result fit() {
    long begin = System.nanoTime();
    JavaRDD<Row> rows = rows();
    String[] columns = columns();
    double mostValue = type == ElementType.FLOAT32 ? Float.MAX_VALUE : Double.MAX_VALUE;
    progress.describe("counting rows");
    DataSummary data =
        DataSummary.of(
            rows.mapPartitionsWithIndex(
                    (partition, all) -> totals(new RowTotals(partition, columns, mostValue), all),
                    true)
                .collect());
    int classes = classes(data.labels());
    requireMemory(data.features(), classes);
    int blockRows =
        estimator.getBlockRows() > 0
            ? estimator.getBlockRows()
            : BlockLayout.blockRows(data.rows(), data.valuesOfARow());
    BlockLayout layout = new BlockLayout(data.starts(), blockRows);
    RowForm form = new RowForm(type, data.features(), data.isSparse(), hasWeights);
    JavaRDD<RowBlock> blocks =
        BlockRdd.of(rows, layout, form)
            .setName(estimator.uid() + ": blocks of rows")
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      return fit(data, classes, layout, blocks, begin);
    } finally {
      blocks.unpersist(false);
    }
  }

  private Result fit(
      DataSummary data, int classes, BlockLayout layout, JavaRDD<RowBlock> blocks, long begin) {
    progress.describe("blocks of rows, means and deviations");
    boolean isStandardised = estimator.getStandardization();
    BlockStatistics statistics =
        isStandardised ? BlockStatistics.of(blocks, data) : BlockStatistics.ofWeights(blocks);
    // Without intercept there is nothing to make up for what is taken from the features.
    double[] means = estimator.getFitIntercept() ? statistics.means() : new double[data.features()];
    FitPlan plan =
        new FitPlan(
            type,
            data.features(),
            classes,
            layout.blockRows(),
            estimator.getFitIntercept(),
            estimator.isReproducible(),
            isStandardised ? means : null,
            isStandardised ? statistics.deviations() : null,
            data.largest(),
            data.weightExponent(),
            estimator.getDevice(),
            estimator.getFallback());
    Broadcast<FitLease> lease = spark.broadcast(new FitLease(plan));
    try {
      return minimize(layout, blocks, lease, statistics.totalWeight(), begin);
    } finally {
      // Executors hear of the end when they can; this JVM at once, if it is one.
      lease.value().closeAll();
      lease.destroy();
    }
  }

  private Result minimize(
      BlockLayout layout,
      JavaRDD<RowBlock> blocks,
      Broadcast<FitLease> lease,
      double totalWeight,
      long begin) {
    FitPlan plan = lease.value().plan();
    double l2 = estimator.getRegParam() * (1 - estimator.getElasticNetParam());
    BackendRequest driver = new BackendRequest(DeviceRequest.CPU, false, Optional.empty());
    try (Backend backend = Backends.choose(driver).backend();
        SparkObjective objective =
            new SparkObjective(backend, spark, blocks, layout, lease, totalWeight, l2, progress);
        Matrix parameters = backend.matrix(type, plan.features() + 1, plan.classes())) {
      Solution solution = solver().minimize(objective, parameters, progress);
      double seconds = (System.nanoTime() - begin) * 1e-9;
      FitSummary summary =
          FitSummary.of(solution, layout, totalWeight, objective.devices(), seconds);
      LOG.info("{}: trained on {} in {} s", estimator.uid(), summary.devices(), seconds);
      if (!solution.stopReason().isConverged()) {
        LOG.warn(
            "{}: stopped after maxIter = {} iterations, where the largest component of the gradient"
                + " is {}; wanted at most tol = {}",
            estimator.uid(),
            solution.iterations(),
            solution.gradientNorm(),
            estimator.getTol());
      }
      return new Result(model(plan, parameters.toDoubles(), summary), summary);
    }
  }

  private static Iterator<RowTotals> totals(RowTotals totals, Iterator<Row> rows) {
    rows.forEachRemaining(totals::add);
    return List.of(totals).iterator();
  }

  private String[] columns() {
    List<String> names = new ArrayList<>();
    names.add(estimator.getFeaturesCol());
    names.add(estimator.getLabelCol());
    if (hasWeights) {
      names.add(estimator.getWeightCol());
    }
    return names.toArray(String[]::new);
  }

  private JavaRDD<Row> rows() {
    Dataset<?> ordered = dataset;
    boolean isOrdered = !estimator.getOrderCol().isEmpty();
    if (isOrdered) {
      ordered = dataset.sort(col(estimator.getOrderCol()));
    }
    Column[] wanted =
        IntStream.range(0, columns().length)
            .mapToObj(i -> i == 0 ? col(columns()[0]) : col(columns()[i]).cast("double"))
            .toArray(Column[]::new);
    JavaRDD<Row> rows = ordered.select(wanted).toJavaRDD();
    String level = rows.rdd().outputDeterministicLevel().toString();
    if (!isOrdered && estimator.isReproducible() && !level.equals("DETERMINATE")) {
      LOG.warn(
          "{}: Spark calls the order of these rows {}, so the last bits of the result may differ"
              + " from run to run; set orderCol, or cache the rows",
          estimator.uid(),
          level.toLowerCase(Locale.ROOT));
    }
    return rows;
  }

  private int classes(BitSet labels) {
    int seen = labels.length();
    Option<Object> named =
        MetadataUtils.getNumClasses(dataset.schema().apply(estimator.getLabelCol()));
    if (named.isDefined() && (Integer) named.get() < seen) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "fit: column %s has label %d, but its metadata names %d classes",
              Quoted.of(estimator.getLabelCol()),
              seen - 1,
              (Integer) named.get()));
    }
    int classes = Math.max(2, named.isDefined() ? (Integer) named.get() : seen);
    int[] missing =
        IntStream.range(0, classes).filter(label -> !labels.get(label)).limit(10).toArray();
    if (missing.length > 0) {
      LOG.warn(
          "{}: no row has one of these classes: {}; they get what the others leave",
          estimator.uid(),
          Arrays.toString(missing));
    }
    return classes;
  }

  /** As the label's metadata has them, which a StringIndexer writes; none otherwise. */
  private List<String> classNames(int classes) {
    Attribute label = Attribute.fromStructField(dataset.schema().apply(estimator.getLabelCol()));
    Option<String[]> names =
        label instanceof NominalAttribute nominal
            ? nominal.values()
            : label instanceof BinaryAttribute binary ? binary.values() : Option.empty();
    return names.isDefined() && names.get().length == classes ? List.of(names.get()) : List.of();
  }

  private static void requireMemory(int features, int classes) {
    if ((features + 1L) * classes > Integer.MAX_VALUE / Double.BYTES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "fit: %d features and %d classes make %d parameters, wanted at most %d",
              features,
              classes,
              (features + 1L) * classes,
              Integer.MAX_VALUE / Double.BYTES));
    }
  }

  private Solver<Objective> solver() {
    double l1 = estimator.getRegParam() * estimator.getElasticNetParam();
    Lbfgs lbfgs =
        Lbfgs.of(type).maxIterations(estimator.getMaxIter()).tolerance(estimator.getTol());
    return l1 > 0 ? OwlQn.of(lbfgs, l1) : lbfgs;
  }

  private SoftmaxModel model(FitPlan plan, double[] parameters, FitSummary summary) {
    int features = plan.features();
    int classes = plan.classes();
    double[] weights = Arrays.copyOf(parameters, features * classes);
    double[] bias = Arrays.copyOfRange(parameters, weights.length, parameters.length);
    if (plan.standardization() != null) {
      plan.standardization().unfold(weights, bias);
    }
    if (estimator.getFitIntercept()) {
      // The same for all classes changes no probability.
      double mean = Arrays.stream(bias).sum() / classes;
      for (int j = 0; j < classes; j++) {
        bias[j] -= mean;
      }
    }
    ModelCard card =
        ModelCard.empty()
            .label(estimator.getLabelCol())
            .classNames(classNames(classes))
            .device(String.join(", ", summary.devices()))
            .fact("objective", Double.toString(summary.objective()))
            .fact("gradient_norm", Double.toString(summary.gradientNorm()))
            .fact("iterations", Integer.toString(summary.iterations()))
            .fact("stop_reason", summary.stopReason())
            .fact("training_rows", Long.toString(summary.rows()));
    return SoftmaxModel.of(type, features, classes, weights, bias, card);
  }
}
