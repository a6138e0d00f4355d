/** A classifier's report as one HTML file that needs nothing else. */
package io.rowwise.cli.report;
