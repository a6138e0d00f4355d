package io.rowwise.spark;

import static org.apache.spark.sql.functions.col;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.Objective;
import io.rowwise.trainer.OwlQn;
import io.rowwise.trainer.Solution;
import io.rowwise.trainer.Solver;
import io.rowwise.trainer.StopReason;
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

  private final RowwiseClassifier estimator;
  private final Dataset<?> dataset;
  private final JavaSparkContext spark;
  private final ElementType type;
  private final boolean hasWeights;
  private final Backend backend;
  private final FitProgress progress;

  private ClassifierFit(
      RowwiseClassifier estimator,
      Dataset<?> dataset,
      JavaSparkContext spark,
      Backend backend,
      FitProgress progress) {
    this.estimator = estimator;
    this.dataset = dataset;
    this.spark = spark;
    this.type = estimator.type();
    this.hasWeights = estimator.hasWeights();
    this.backend = backend;
    this.progress = progress;
  }

  /** What came of a fit. */
  record Result(SoftmaxModel model, FitSummary summary) {}

  static Result of(RowwiseClassifier estimator, Dataset<?> dataset) {
    JavaSparkContext spark =
        JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
    BackendRequest driver = new BackendRequest(DeviceRequest.CPU, false, Optional.empty());
    try (Backend backend = Backends.choose(driver).backend();
        FitProgress progress = new FitProgress(spark, estimator.uid())) {
      return new ClassifierFit(estimator, dataset, spark, backend, progress).fit();
    }
  }

  private Result fit() {
    long begin = System.nanoTime();
    JavaRDD<Row> rows = rows();
    String[] columns = columns();
    progress.describe("counting rows");
    DataSummary data =
        DataSummary.of(
            rows.mapPartitionsWithIndex((partition, all) -> totals(partition, columns, all), true)
                .collect());
    int classes = classes(data.labels());
    requireMemory(data.features(), classes);
    int blockRows =
        estimator.getBlockRows() > 0
            ? estimator.getBlockRows()
            : BlockLayout.blockRows(data.rows(), data.features());
    BlockLayout layout = new BlockLayout(data.starts(), blockRows);
    JavaRDD<RowBlock> blocks =
        BlockRdd.of(rows, layout, data.features(), type == ElementType.FLOAT32, hasWeights)
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
    BlockStatistics statistics =
        estimator.getStandardization()
            ? BlockStatistics.of(blocks, data)
            : BlockStatistics.ofWeights(blocks);
    Standardization standardization = standardization(statistics);
    FitPlan plan =
        new FitPlan(
            type,
            data.features(),
            classes,
            layout.blockRows(),
            estimator.getFitIntercept(),
            estimator.isReproducible(),
            standardization,
            standardization == null ? data.largest() : standardization.largest(data.largest()),
            data.weightExponent(),
            estimator.getDevice(),
            estimator.getFallback());
    double l2 = estimator.getRegParam() * (1 - estimator.getElasticNetParam());
    Broadcast<FitLease> lease = spark.broadcast(new FitLease(plan));
    try (SparkObjective objective =
            new SparkObjective(
                backend, spark, blocks, layout, lease, statistics.totalWeight(), l2, progress);
        Matrix parameters = backend.matrix(type, plan.features() + 1, classes)) {
      Solution solution = solver().minimize(objective, parameters, progress);
      double seconds = (System.nanoTime() - begin) * 1e-9;
      FitSummary summary = FitSummary.of(solution, layout, statistics.totalWeight(), seconds);
      if (solution.stopReason() == StopReason.MAX_ITERATIONS) {
        LOG.warn(
            "{}: stopped after maxIter = {} iterations, where the largest component of the gradient"
                + " is {}; wanted at most tol = {}",
            estimator.uid(),
            solution.iterations(),
            solution.gradientNorm(),
            estimator.getTol());
      }
      return new Result(model(plan, parameters.toDoubles(), summary), summary);
    } finally {
      lease.destroy();
    }
  }

  private static Iterator<RowTotals> totals(int partition, String[] columns, Iterator<Row> rows) {
    RowTotals totals = new RowTotals(partition, columns);
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
              estimator.getLabelCol(),
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

  private Standardization standardization(BlockStatistics statistics) {
    if (!estimator.getStandardization()) {
      return null;
    }
    // Without intercept there is nothing to make up for what is taken from the features.
    double[] means =
        estimator.getFitIntercept() ? statistics.means() : new double[statistics.means().length];
    return new Standardization(means, statistics.deviations());
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
            .device(estimator.getDevice())
            .fact("objective", Double.toString(summary.objective()))
            .fact("gradient_norm", Double.toString(summary.gradientNorm()))
            .fact("iterations", Integer.toString(summary.iterations()))
            .fact("stop_reason", summary.stopReason())
            .fact("training_rows", Long.toString(summary.rows()));
    return SoftmaxModel.of(type, features, classes, weights, bias, card);
  }
}
