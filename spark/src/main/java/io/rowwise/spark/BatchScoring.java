package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Scores a partition's rows in batches, on the device of the task. Sparse rows are scored one by
 * one, on the CPU.
 */
final class BatchScoring implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1;
  private static final int MOST_ROWS = 1024;
  private static final int MOST_ELEMENTS = 1 << 20;

  /** What becomes of a row: where its features are, and what comes behind it. */
  static final class Columns implements Serializable {
    private static final long serialVersionUID = 1;

    final int features;
    final String featuresName;
    final List<Output> outputs;

    Columns(int features, String featuresName, List<Output> outputs) {
      this.features = features;
      this.featuresName = featuresName;
      this.outputs = outputs;
    }
  }

  /** A column that is added. */
  enum Output {
    RAW_PREDICTION,
    PROBABILITY,
    PREDICTION
  }

  private final Broadcast<RowScorer> model;
  private final Columns columns;
  private final double[] thresholds;
  private final String device;
  private final boolean fallback;

  /**
   * @param thresholds or null
   */
  BatchScoring(
      Broadcast<RowScorer> model,
      Columns columns,
      double[] thresholds,
      String device,
      boolean fallback) {
    this.model = model;
    this.columns = columns;
    this.thresholds = thresholds;
    this.device = device;
    this.fallback = fallback;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Scored(rows, model.value());
  }

  private final class Scored implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final RowScorer scorer;
    private final int batchRows;
    private final Deque<Row> ready = new ArrayDeque<>();
    private DenseScorer dense;

    Scored(Iterator<Row> rows, RowScorer scorer) {
      this.rows = rows;
      this.scorer = scorer;
      this.batchRows = Math.max(1, Math.min(MOST_ROWS, MOST_ELEMENTS / scorer.features()));
    }

    @Override
    public boolean hasNext() {
      return !ready.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (ready.isEmpty()) {
        score();
      }
      return ready.remove();
    }

    private void score() {
      List<Row> batch = new ArrayList<>(batchRows);
      List<double[]> values = new ArrayList<>(batchRows);
      while (batch.size() < batchRows && rows.hasNext()) {
        Row row = rows.next();
        Vector vector = (Vector) row.get(columns.features);
        scorer.requireSize(columns.featuresName, vector);
        batch.add(row);
        values.add(vector instanceof SparseVector ? null : vector.toArray());
      }
      double[] logits = denseLogits(values);
      int next = 0;
      for (int i = 0; i < batch.size(); i++) {
        Row row = batch.get(i);
        if (values.get(i) == null) {
          ready.add(complete(row, scorer.logits((Vector) row.get(columns.features))));
        } else {
          double[] own = new double[scorer.classes()];
          System.arraycopy(logits, next, own, 0, own.length);
          next += own.length;
          ready.add(complete(row, own));
        }
      }
    }

    private double[] denseLogits(List<double[]> values) {
      int n = scorer.features();
      int count = 0;
      for (double[] row : values) {
        count += row == null ? 0 : 1;
      }
      if (count == 0) {
        return new double[0];
      }
      double[] x = new double[count * n];
      int next = 0;
      for (double[] row : values) {
        if (row != null) {
          System.arraycopy(row, 0, x, next, n);
          next += n;
        }
      }
      if (dense == null) {
        dense = open();
      }
      return dense.logits(x, count);
    }

    private DenseScorer open() {
      DenseScorer opened =
          new DenseScorer(scorer, batchRows, DeviceRequest.ofTask(device, fallback));
      TaskCompletionListener close = context -> opened.close();
      TaskContext.get().addTaskCompletionListener(close);
      return opened;
    }

    private Row complete(Row row, double[] logits) {
      Object[] values = new Object[row.size() + columns.outputs.size()];
      for (int i = 0; i < row.size(); i++) {
        values[i] = row.get(i);
      }
      double[] probabilities = RowScorer.probabilities(logits);
      for (int i = 0; i < columns.outputs.size(); i++) {
        values[row.size() + i] =
            switch (columns.outputs.get(i)) {
              case RAW_PREDICTION -> Vectors.dense(logits);
              case PROBABILITY -> Vectors.dense(probabilities);
              case PREDICTION -> RowScorer.prediction(probabilities, thresholds);
            };
      }
      return RowFactory.create(values);
    }
  }

  /** Batches of dense rows, on a device. */
  private static final class DenseScorer implements AutoCloseable {
    private final ExecutorBackend device;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final Matrix x;
    private final Matrix weights;
    private final Matrix bias;
    private final Matrix logits;

    DenseScorer(RowScorer model, int batchRows, DeviceRequest request) {
      this.device = ExecutorBackend.acquire(request);
      closing.push(device::release);
      closing.push(device::leave);
      Backend backend = device.backend();
      int n = model.features();
      int classes = model.classes();
      try {
        this.x = own(backend.matrix(model.type(), batchRows, n));
        this.weights = own(backend.matrix(model.type(), n, classes, model.weights()));
        this.bias = own(backend.matrix(model.type(), 1, classes, model.bias()));
        this.logits = own(backend.matrix(model.type(), batchRows, classes));
      } catch (RuntimeException | Error e) {
        close();
        throw e;
      }
    }

    private Matrix own(Matrix matrix) {
      closing.push(matrix::close);
      return matrix;
    }

    double[] logits(double[] values, int rows) {
      Matrix batch = x.rows(0, rows);
      Matrix result = logits.rows(0, rows);
      batch.write(values);
      device.backend().matmul(batch, weights, result);
      device.backend().add(result, bias, result);
      return result.toDoubles();
    }

    @Override
    public void close() {
      closing.forEach(Runnable::run);
      closing.clear();
    }
  }
}
