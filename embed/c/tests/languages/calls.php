<?php
// What a caller from PHP relies on.

declare(strict_types=1);

require __DIR__ . '/../../examples/clearance.php';

const NOW = 1780315200000;
$passed = $failed = 0;

function expect(string $what, bool $holds): void
{
    global $passed, $failed;
    if ($holds) {
        $passed++;
    } else {
        $failed++;
        echo "failed: $what\n";
    }
}

function word(callable $call): ?string
{
    try {
        $call();
        return null;
    } catch (ClearanceError $error) {
        return $error->word;
    }
}

$authorizer = new Clearance(file_get_contents($argv[1]));
$question = [['key' => 'ci'], 'prompts:view', ['project' => 'shop']];
$allowed = $authorizer->check(...[...$question, NOW]);
expect('an allow', $allowed['allow'] && $allowed['reason'] === 'binding' && $allowed['binding'] === 'b04');
$denied = $authorizer->check(['key' => 'ci'], 'project:delete', ['project' => 'shop']);
expect('a denial', !$denied['allow'] && $denied['reason'] === 'owner-lacks' && $denied['binding'] === null);
expect('a request', $authorizer->ask(['visibleProjects' => ['key' => 'ci']], NOW) === ['projects' => ['blog', 'shop']]);
expect('a broken directory', word(fn() => new Clearance('{')) === 'directory');
expect('a wrong principal', word(fn() => $authorizer->check(['name' => 'ci'], 'a:b', ['project' => 'shop'])) === 'malformed');
expect('bytes that are not UTF-8', word(fn() => $authorizer->check(['key' => "\xff"], 'a:b', ['project' => 'shop'])) === 'malformed');
expect('a wrong time', word(fn() => $authorizer->check(...[...$question, -1])) === 'time');
try {
    $authorizer->apply([['addTeam' => ['id' => 'new', 'organization' => 'acme']], ['removeTeam' => 'nowhere']]);
} catch (ClearanceError $error) {
    expect('a refused batch', $error->word === 'refused' && $error->index === 1);
}
$authorizer->apply([['deactivateUser' => ['user' => 'ben', 'at' => '2026-05-01T00:00:00Z']]]);
expect('a change', $authorizer->check(...[...$question, NOW])['reason'] === 'owner-deactivated');
echo "PHP: $passed passed, $failed failed\n";
exit($failed === 0 ? 0 : 1);
