// What people read, made from the contract: the texts of events, those of form rules, icons and limits.

/** What forms judge before they ask the server; keys of `fields` in errors.yaml. */
const RULES = [
  'required',
  'username_characters',
  'username_too_long',
  'email_format',
  'too_short',
  'too_long',
  'password_is_username',
];

/** What an event without an icon of its own is drawn as, by its outcome. */
const ICON = { success: 'info', failure: 'cross' };

const constant = (name, value, note) =>
  `/** ${note} */\nexport const ${name} = ${JSON.stringify(value)} as const;\n`;

/** Subject and action of a name: who acted is told apart from what happened. */
const deedOf = (name) => name.slice(name.indexOf(':') + 1);

/** One entry for each deed. Throws where names of one deed differ in text or icon. */
function deeds(events) {
  const found = {};
  for (const [name, { en, 'zh-CN': zh, icon, outcome }] of Object.entries(events)) {
    const entry = { en, 'zh-CN': zh, icon: icon ?? ICON[outcome] };
    const known = (found[deedOf(name)] ??= entry);
    if (JSON.stringify(known) !== JSON.stringify(entry))
      throw new Error(`events.yaml: ${name} has another text or icon than the same deed elsewhere`);
  }
  return found;
}

const pick = (entries, member) =>
  Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, entry[member]]));

/** The sources of `src/words/*.generated.ts` by file name, from the parsed files of the contract. */
export function wordsOf({ events: { events }, errors: { fields }, openapi }) {
  const all = deeds(events);
  const rules = Object.fromEntries(RULES.map((rule) => [rule, fields[rule]]));
  const { NewPassword, EmailSent, UsernameSent, ProfileRequest } = openapi.components.schemas;
  const limits = {
    usernameMax: UsernameSent['x-name-limit'],
    emailMax: EmailSent.maxLength,
    displayNameMax: ProfileRequest.properties.display_name.maxLength,
    passwordMin: NewPassword.minLength,
    passwordMax: NewPassword.maxLength,
  };
  const language = (name) =>
    constant('event', pick(all, name), 'What happened, by subject and action.') +
    constant('rule', pick(rules, name), 'What is wrong with what was typed.');
  return {
    'en.generated.ts': language('en'),
    'zh-CN.generated.ts': language('zh-CN'),
    'icons.generated.ts': constant('ICONS', pick(all, 'icon'), 'How to draw what happened.'),
    'limits.generated.ts': constant('LIMITS', limits, 'Lengths in characters.'),
  };
}
