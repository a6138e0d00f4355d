package io.rowwise.cli.parquet;

import io.rowwise.dataset.Column;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableReader;
import io.rowwise.file.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.DummyRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.Type;

/**
 * Reads the rows of a Parquet file, some at a time. Numbers are numbers, also decimal ones; all
 * else is text, as Parquet prints it: texts, truth values, dates. What is null is missing.
 *
 * <p>In memory there is what is asked for and the compressed pages of one group of rows. Used by
 * one thread at a time; closed by whoever opened it.
 */
public final class ParquetReader implements TableReader {
  private final Path path;
  private final ParquetFileReader file;
  private final List<ParquetCells> columns;
  private final long rows;
  private final long size;
  private long rowsRead;
  private int groupsRead;
  private long bytesRead;
  private long leftInGroup;

  private ParquetReader(Path path, ParquetFileReader file) throws IOException {
    this.path = path;
    this.file = file;
    this.rows = file.getRecordCount();
    this.size = Files.size(path);
    this.columns = new ArrayList<>();
    for (Type field : file.getFileMetaData().getSchema().getFields()) {
      if (!field.isPrimitive() || field.isRepetition(Type.Repetition.REPEATED)) {
        throw new IOException(
            "column "
                + Quoted.of(field.getName())
                + " has lists or parts, wanted one value in a row; take it apart, or out");
      }
      columns.add(ParquetCells.of(field.asPrimitiveType()));
    }
  }

  /**
   * Opens a file.
   *
   * @throws IOException if it cannot be read, is no Parquet file, or has a column whose cells are
   *     not single values, or bytes
   */
  public static ParquetReader open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(new Codecs())
            .build();
    ParquetFileReader file = null;
    ParquetReader opened = null;
    try {
      file = ParquetFileReader.open(new LocalInputFile(path), options);
      opened = new ParquetReader(path, file);
      return opened;
    } catch (IOException | RuntimeException e) {
      throw unreadable(path, e);
    } finally {
      if (opened == null && file != null) {
        file.close();
      }
    }
  }

  private static IOException unreadable(Path path, Exception e) {
    return new IOException(path + ": cannot be read as Parquet: " + e.getMessage(), e);
  }

  /** The names of the columns. */
  public List<String> columnNames() {
    return columns.stream().map(ParquetCells::name).toList();
  }

  /** How many rows the file says that it has. */
  public long rows() {
    return rows;
  }

  /** How many of them have been read. */
  public long rowsRead() {
    return rowsRead;
  }

  /** Those of the groups of rows that were begun. */
  @Override
  public long bytesRead() {
    return bytesRead;
  }

  @Override
  public long size() {
    return size;
  }

  /** By the rows, since a group is read at once. */
  @Override
  public double fraction() {
    return (double) rowsRead / rows;
  }

  @Override
  public Table read(int mostRows) throws IOException {
    TableReader.requireSome(mostRows);
    int count = (int) Math.min(mostRows, rows - rowsRead);
    try {
      columns.forEach(column -> column.begin(count));
      for (int done = 0; done < count; ) {
        if (leftInGroup == 0) {
          nextGroup();
        }
        int now = (int) Math.min(count - done, leftInGroup);
        columns.forEach(column -> column.read(now));
        leftInGroup -= now;
        done += now;
      }
      rowsRead += count;
      return Table.of(columns.stream().<Column>map(ParquetCells::column).toList());
    } catch (IOException | RuntimeException e) {
      throw unreadable(path, e);
    }
  }

  private void nextGroup() throws IOException {
    PageReadStore group = file.readNextRowGroup();
    if (group == null) {
      throw new IOException(
          "it ends after " + rowsRead + " rows, wanted the " + rows + " that it says it has");
    }
    FileMetaData meta = file.getFileMetaData();
    ColumnReadStoreImpl pages =
        new ColumnReadStoreImpl(
            group,
            new DummyRecordConverter(meta.getSchema()).getRootConverter(),
            meta.getSchema(),
            meta.getCreatedBy());
    List<ColumnDescriptor> descriptors = meta.getSchema().getColumns();
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).from(pages.getColumnReader(descriptors.get(i)));
    }
    leftInGroup = group.getRowCount();
    bytesRead += file.getRowGroups().get(groupsRead++).getCompressedSize();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
