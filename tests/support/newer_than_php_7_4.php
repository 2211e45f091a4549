<?php
// Names what PHP 8 and later can read in the files that are named, and 7.4 cannot: by tokens, whatever PHP runs this.
$calls = ['str_contains', 'str_starts_with', 'str_ends_with', 'get_debug_type', 'array_is_list', 'fdiv', 'json_validate',
  'array_find', 'array_any', 'array_all', 'mb_str_pad', 'mb_trim', 'preg_last_error_msg', 'get_resource_id'];
$kinds = ['T_MATCH', 'T_NULLSAFE_OBJECT_OPERATOR', 'T_ATTRIBUTE', 'T_ENUM', 'T_READONLY'];
foreach (array_slice($argv, 1) as $path) {
  $tokens = array_values(array_filter(PhpToken::tokenize(file_get_contents($path)), fn($one) => !$one->isIgnorable()));
  $head = []; $open = [];
  foreach ($tokens as $at => $token) {
    $name = $token->getTokenName(); $text = strtolower($token->text);
    $next = $tokens[$at + 1]->text ?? ''; $before = $tokens[$at - 1]->text ?? ''; $found = '';
    if (in_array($name, $kinds, true)) { $found = $name; }
    if ($name === 'T_STRING' && in_array($text, $calls, true) && $next === '(') { $found = "$text()"; }
    if ($name === 'T_STRING' && $next === ':' && in_array($before, ['(', ','], true)) { $found = "named argument $text"; }
    if ($name === 'T_ELLIPSIS' && $next === ')') { $found = 'first-class callable'; }
    if ($name === 'T_THROW' && in_array($before, ['??', ':', '?', '=>', '&&', '||'], true)) { $found = 'throw expression'; }
    if (in_array($text, ['mixed', 'never'], true) && in_array($before, [':', '(', ','], true)) { $found = "type $text"; }
    if ($name === 'T_STATIC' && $before === ':') { $found = 'static return type'; }
    if (in_array($name, ['T_FUNCTION', 'T_FN'], true)) { $head[] = count($open); }
    if ($text === '(') { $open[] = $head && end($head) === count($open) ? 'parameters' : ''; if (end($open)) { array_pop($head); } }
    if ($text === ')') {
      if (array_pop($open) === 'parameters' && $before === ',') { $found = 'comma behind the last parameter'; }
    }
    if (end($open) === 'parameters') {
      if (in_array($name, ['T_PUBLIC', 'T_PRIVATE', 'T_PROTECTED'], true)) { $found = 'promoted parameter'; }
      if ($text === '|' && $before !== '=') { $found = 'union type'; }
      if ($name === 'T_NEW') { $found = 'new as a default'; }
    }
    if ($name === 'T_CATCH') {
      for ($to = $at; $tokens[$to]->text !== ')'; $to++);
      if ($tokens[$to - 1]->getTokenName() !== 'T_VARIABLE') { $found = 'catch without a variable'; }
    }
    if ($found !== '') { echo basename($path), ":{$token->line}: $found\n"; }
  }
}
