import java.util.HexFormat;
import org.apache.kafka.common.utils.Utils;

/** Prints the partition where Kafka's Java producer puts each key: PARTITIONS KEY.., keys in hexadecimal. */
class Murmur2 {
    public static void main(String[] args) {
        int partitions = Integer.parseInt(args[0]);
        for (int i = 1; i < args.length; i++) {
            byte[] key = HexFormat.of().parseHex(args[i]);
            System.out.println(Utils.toPositive(Utils.murmur2(key)) % partitions);
        }
    }
}
