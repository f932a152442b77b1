package clearance.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void whatIsWrittenIsReadAgain() {
        for (Object value : Arrays.asList(null, true, false, 0L, -7L, 0.5, 1e300, "", "a\"\\\n\u0001\ud83d\ude00é/", List.of(), List.of(1L, List.of()),
            Map.of(), Map.of("a", Map.of("b", List.of("c"))))) {
            assertEquals(value, Json.read(Json.write(value)));
        }
    }

    @Test
    void everyFormIsRead() {
        assertEquals(Map.of("a", List.of(1L, 2.0, "\"\\/\b\f\n\r\tA")), Json.read(" { \"a\" : [ 1 , 2.0 , \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\" ] } "));
        assertEquals(1e19, Json.read("10000000000000000000"));
    }

    @Test
    void whatIsNotJsonIsRefused() {
        for (String bad : List.of("", "{", "[1", "[1 2]", "\"a", "\"\\x\"", "\"\\u12\"", "tru", "{1:2}", "1 2", "-", "[".repeat(1000))) {
            assertThrows(IllegalArgumentException.class, () -> Json.read(bad), bad);
        }
    }

    @Test
    void whatNoJsonCanSayIsNotWritten() {
        for (Object bad : List.of(Double.NaN, new Object(), Map.of(1, 2), new int[0])) {
            ClearanceException error = assertThrows(ClearanceException.class, () -> Json.write(bad));
            assertEquals("malformed", error.code());
        }
    }
}
