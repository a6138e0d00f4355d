package io.rowwise.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * Makes blocks of rows. What moves between partitions are the first rows of each, where they belong
 * to a block that another has begun.
 */
final class BlockRdd {
  private BlockRdd() {}

  /** As many partitions as the rows have; in each, the blocks that begin there, in order. */
  static JavaRDD<RowBlock> of(JavaRDD<Row> rows, BlockLayout layout, RowForm form) {
    Rows all = new Rows(layout, form);
    JavaPairRDD<Integer, RowBlock> moved =
        JavaPairRDD.fromJavaRDD(
                rows.mapPartitionsWithIndex(
                    (partition, iterator) -> all.head(partition, iterator), true))
            .partitionBy(new Owner(layout.partitions()));
    return rows.zipPartitions(
        moved.values(), (own, others) -> all.blocks(TaskContext.getPartitionId(), own, others));
  }

  /** Sends what is for a partition to that partition. */
  private static final class Owner extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int partitions;

    Owner(int partitions) {
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return (Integer) key;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Owner owner && owner.partitions == partitions;
    }

    @Override
    public int hashCode() {
      return partitions;
    }
  }

  private static final class Rows implements Serializable {
    private static final long serialVersionUID = 1;

    private final BlockLayout layout;
    private final RowForm form;

    Rows(BlockLayout layout, RowForm form) {
      this.layout = layout;
      this.form = form;
    }

    private RowBlock begin(int block, int first, int capacity) {
      return new RowBlock(block, first, capacity, form);
    }

    Iterator<Tuple2<Integer, RowBlock>> head(int partition, Iterator<Row> rows) {
      int head = layout.head(partition);
      if (head == 0) {
        return Collections.emptyIterator();
      }
      int block = layout.firstBlock(partition);
      int first = (int) (layout.start(partition) % layout.blockRows());
      RowBlock moved = begin(block, first, head);
      for (int i = 0; i < head; i++) {
        moved.add(next(partition, rows));
      }
      return List.of(new Tuple2<>(layout.owner(block), moved)).iterator();
    }

    private Row next(int partition, Iterator<Row> rows) {
      if (!rows.hasNext()) {
        throw changed(partition, "fewer");
      }
      return rows.next();
    }

    private IllegalStateException changed(int partition, String what) {
      return new IllegalStateException(
          String.format(
              Locale.ROOT,
              "fit: partition %d has %s rows than the %d of the first look; cache the data set",
              partition,
              what,
              layout.count(partition)));
    }

    Iterator<RowBlock> blocks(int partition, Iterator<Row> rows, Iterator<RowBlock> others) {
      int head = layout.head(partition);
      for (int i = 0; i < head; i++) {
        next(partition, rows);
      }
      List<RowBlock> moved = new ArrayList<>();
      others.forEachRemaining(moved::add);
      moved.sort(Comparator.comparingInt(RowBlock::first));
      long firstRow = layout.start(partition) + head;
      long end = layout.start(partition) + layout.count(partition);
      return new Iterator<>() {
        private long row = firstRow;

        @Override
        public boolean hasNext() {
          if (row < end) {
            return true;
          }
          if (rows.hasNext()) {
            throw changed(partition, "more");
          }
          return false;
        }

        @Override
        public RowBlock next() {
          if (!hasNext()) {
            throw new NoSuchElementException();
          }
          int block = (int) (row / layout.blockRows());
          int wanted = layout.rows(block);
          RowBlock filled = begin(block, 0, wanted);
          int own = (int) Math.min(wanted, end - row);
          for (int i = 0; i < own; i++) {
            filled.add(Rows.this.next(partition, rows));
          }
          row += own;
          if (own < wanted) {
            moved.forEach(filled::add);
          }
          if (filled.rows() != wanted) {
            throw changed(partition, "other");
          }
          return filled;
        }
      };
    }
  }
}
