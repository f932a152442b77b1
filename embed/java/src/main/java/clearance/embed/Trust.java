package clearance.embed;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whose policies are taken.
 *
 * @param keys the public keys of minisign that count
 * @param allowUnsigned whether a policy needs no signature
 */
record Trust(List<String> keys, boolean allowUnsigned) {
    /** What the authorizer wants to know beside a component. */
    byte[] with(String signature) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("trustedKeys", keys);
        json.put("allowUnsigned", allowUnsigned);
        if (signature != null) {
            json.put("signature", signature);
        }
        return Arguments.utf8(Json.write(json), "signature");
    }
}
