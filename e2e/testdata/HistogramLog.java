import java.io.File;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/** Prints "TAG COUNT P50 P99 MAX" for each tag of a histogram log: FILE FROM, of intervals from FROM seconds on. */
class HistogramLog {
    public static void main(String[] args) throws Exception {
        Map<String, Histogram> byTag = new TreeMap<>();
        HistogramLogReader log = new HistogramLogReader(new File(args[0]));
        EncodableHistogram next;
        while ((next = log.nextIntervalHistogram(Double.parseDouble(args[1]), Double.MAX_VALUE)) != null) {
            byTag.computeIfAbsent(next.getTag(), tag -> new Histogram(3)).add((Histogram) next);
        }
        byTag.forEach((tag, h) -> System.out.printf("%s %d %d %d %d%n", tag, h.getTotalCount(),
            h.getValueAtPercentile(50), h.getValueAtPercentile(99), h.getMaxValue()));
    }
}
