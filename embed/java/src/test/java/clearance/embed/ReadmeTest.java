package clearance.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What README.md shows runs, and prints what it says. */
class ReadmeTest {
    @Test
    void theFirstExamplePrintsWhatItsCommentSays(@TempDir Path folder) throws Exception {
        String readme = Repository.text(Repository.ROOT.resolve("embed/java/README.md"));
        Matcher block = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL).matcher(readme);
        assertTrue(block.find());
        String example = block.group(1);
        Matcher name = Pattern.compile("public class (\\w+)").matcher(example);
        assertTrue(name.find());
        Matcher promise = Pattern.compile("// (.*)\\n").matcher(example);
        assertTrue(promise.find());
        Path source = Files.writeString(folder.resolve(name.group(1) + ".java"), example);
        int failed = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), source.toString());
        assertEquals(0, failed);
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass(name.group(1)).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(out);
        }
        assertEquals(promise.group(1), printed.toString(StandardCharsets.UTF_8).strip());
    }
}
