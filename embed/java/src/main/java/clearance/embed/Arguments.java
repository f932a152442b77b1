package clearance.embed;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What callers pass, looked at before the authorizer gets it. */
final class Arguments {
    private Arguments() {}

    static <T> T present(T value, String field, String wanted) {
        if (value == null) {
            throw ClearanceException.malformed(field, wanted + ", and is null");
        }
        return value;
    }

    static String id(Principal principal, String field) {
        return present(present(principal, field, "a principal").id(), field, "a principal with an id");
    }

    static String id(Place place) {
        return present(present(place, "place", "a place").id(), "place", "a place with an id");
    }

    /** The number of the kind in the word of a check. */
    static int kind(Principal principal) {
        return principal instanceof Principal.User ? 0 : principal instanceof Principal.Key ? 1 : 2;
    }

    /** The number of the kind in the word of a check. */
    static int kind(Place place) {
        return place instanceof Place.Organization ? 0 : place instanceof Place.Team ? 1 : 2;
    }

    private static final String[] PRINCIPALS = {"user", "key", "projectKey"};
    private static final String[] PLACES = {"organization", "team", "project"};

    static String kindName(Principal principal) {
        return PRINCIPALS[kind(principal)];
    }

    /** Who and where, as a request has them. */
    static Map<String, Object> fields(Principal principal, Place place) {
        Map<String, Object> fields = new LinkedHashMap<>();
        String who = id(principal, "principal");
        fields.put(kindName(principal), who);
        fields.put("at", Map.of(PLACES[kind(present(place, "place", "a place"))], id(place)));
        return fields;
    }

    /** Who, what and where, as a request has them. */
    static Map<String, Object> fields(Principal principal, String permission, Place place) {
        Map<String, Object> fields = fields(principal, place);
        fields.put("permission", present(permission, "permission", "a string"));
        return fields;
    }

    /** The bytes of a text. Half of a pair of surrogates has none, and must not become a question mark: that could be another id. */
    static byte[] utf8(String text, String field) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException error) {
            throw ClearanceException.malformed(field, "text, and holds half of a pair of surrogates");
        }
    }

    static double millis(Instant now) {
        try {
            return present(now, "now", "a time").toEpochMilli();
        } catch (ArithmeticException error) {
            throw new ClearanceException("time", now + " is not a time: give one from 1970 up to the year 9999", "now", -1, error);
        }
    }
}
