
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const SEVERITIES = ['critical', 'high', 'medium', 'low'];
  // How many are put into the page at once; the others follow as one scrolls.
  const STEP = 200;
  const PRINTED = 2000;

  // What cannot be seen, moves the cursor or reorders what is read is spelt out. The texts of a repository
  // get into the page by textContent alone.
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
  const spelt = (c) => c === '\n' ? '\\n' : c === '\r' ? '\\r' : c === '\t' ? '\\t' : `\\u{${c.codePointAt(0).toString(16)}}`;
  const clean = (text) => String(text).replace(UNSEEN, spelt);

  const make = (tag, options, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(options || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name === 'text') node.textContent = clean(value);
      else node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child !== undefined && child !== null));
    return node;
  };
  // What our messages quote between backticks is code.
  const rich = (text) => {
    const parts = clean(text).split('`');
    // A single one does not quote anything.
    if (parts.length % 2 === 0) parts.push(`${parts.splice(-2, 1)[0]}\`${parts.pop()}`);
    return make('span', {}, ...parts.map((part, index) => (index % 2 ? make('code', { text: part }) : part)));
  };
  const counted = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

  const whole = (place) => !place.snippet && place.span.start === 0 && place.span.end === 0;
  const NAMES = { 'commit-message': 'message of commit', 'tag-message': 'message of tag', 'commit-header': 'headers of commit', 'tag-header': 'headers of tag' };
  const where = (place) => {
    const origin = place.origin;
    const id = origin && origin.object ? origin.object.slice(0, 7) : '';
    let text = place.path;
    if (origin && NAMES[origin.kind]) text = `${NAMES[origin.kind]} ${id}`;
    else if (origin && origin.kind === 'ref-name') text = 'names of references';
    if (!whole(place)) text += `:${place.region.start_line}:${place.region.start_column}`;
    if (origin && origin.commit && !NAMES[origin.kind]) text += ` in commit ${origin.commit.id.slice(0, 7)}`;
    return text;
  };
  // Only addresses that the program itself has put together lead anywhere.
  const link = (place) => {
    const home = data.home;
    if (!home || place.path_bytes || place.path.includes('!/')) return undefined;
    if (!place.origin) {
      const path = place.path.split('/').map(encodeURIComponent).join('/');
      return `${home.repository}/blob/${home.commit}/${path}#L${place.region.start_line}`;
    }
    return place.origin.commit ? `${home.repository}/commit/${place.origin.commit.id}` : undefined;
  };
  const placeNode = (place) => {
    const href = link(place);
    return href ? make('a', { class: 'place', href, rel: 'noreferrer', text: where(place) }) : make('span', { class: 'place', text: where(place) });
  };

  // The commit in which a file of today got it is part of the history, not a further place.
  const further = (finding) => {
    const today = new Set([finding.place, ...finding.also].filter((place) => !place.origin).map((place) => place.path));
    return finding.also.filter((place) => !place.origin || !today.has(place.path));
  };

  const state = { off: new Set(), text: '', check: '', group: '', sort: 'severity', onlyNew: false };
  const findings = data.findings.map((finding, index) => ({
    ...finding,
    index,
    also: further(finding),
    rank: SEVERITIES.indexOf(finding.severity),
    text: [finding.check, finding.message, finding.severity, finding.family, where(finding.place), ...finding.also.map(where), finding.fingerprint].join('\n').toLowerCase(),
  }));

  const snippet = (place) => {
    // Counted in characters, not in units of UTF-16.
    const characters = Array.from(place.snippet.text);
    const { mark_start: start, mark_len: length } = place.snippet;
    const part = (from, to) => clean(characters.slice(from, to).join(''));
    return make('pre', {}, make('i', { text: place.region.start_line }), part(0, start), make('mark', { text: characters.slice(start, start + length).join('') }), part(start + length));
  };
  const list = (items) => make('ul', {}, ...items.map((item) => make('li', {}, item)));
  const body = (finding) => {
    const rows = [];
    const row = (name, node, kind) => rows.push(make('dt', { text: name }), make('dd', { class: kind }, node));
    const advisory = finding.advisory || {};
    row('to do', rich(advisory.help || finding.remedy), 'help');
    row('check', make('code', { text: finding.check }));
    row('severity', `${finding.severity}, confidence ${finding.confidence}`);
    if (finding.proofs.length) row('proof', list(finding.proofs.map(rich)));
    if (finding.evidence) row('secret', make('span', {}, make('code', { text: finding.evidence.text }), ` (${counted(finding.evidence.length, 'byte', 'bytes')})`));
    if (finding.also.length) {
      const shown = finding.also.slice(0, 50).map(placeNode);
      if (finding.also.length > shown.length) shown.push(`and ${counted(finding.also.length - shown.length, 'more place', 'more places')}`);
      row('also at', list(shown));
    }
    const history = finding.history;
    if (history) {
      const parts = [];
      if (history.unreachable) parts.push('no reference reaches it');
      else if (history.in_head === true) parts.push('HEAD still has it');
      else if (history.in_head === false) parts.push('no longer in HEAD');
      if (history.commits) parts.push(`in ${counted(history.commits, 'commit', 'commits')}`);
      if (parts.length) row('history', parts.join('; '));
      if (history.purge.length) row('purge', make('pre', { class: 'wrap', text: '' }, history.purge.map(clean).join('\n')));
      if (history.purge_notes.length) row('note', list(history.purge_notes.map(rich)));
    }
    if (advisory.notes && advisory.notes.length) row('notes', list(advisory.notes.map(rich)));
    if (advisory.url && /^https:\/\//.test(advisory.url)) row('more', make('a', { href: advisory.url, rel: 'noreferrer', text: advisory.url }));
    row('fingerprint', make('code', { text: finding.fingerprint }));
    return make('div', { class: 'body' }, finding.place.snippet ? snippet(finding.place) : undefined, make('dl', {}, ...rows));
  };
  const FLAGS = { new: 'new', gone: 'no longer found' };
  const row = (finding) => {
    const what = make('span', { class: 'what' }, rich(finding.message));
    if (FLAGS[finding.state]) what.append(make('span', { class: `flag ${finding.state}`, text: FLAGS[finding.state] }));
    const also = finding.also.length ? make('span', { text: `and ${counted(finding.also.length, 'further place', 'further places')}` }) : undefined;
    const node = make('details', { class: `one ${finding.severity}${finding.state === 'gone' ? ' gone' : ''}` },
      make('summary', {}, make('span', { class: 'sev', text: finding.severity }), what,
        make('span', { class: 'where' }, placeNode(finding.place), make('span', { text: finding.check }), also)));
    node.addEventListener('toggle', () => {
      if (node.open && node.children.length === 1) node.append(body(finding));
    });
    return node;
  };

  const ORDERS = {
    severity: (a, b) => a.rank - b.rank || a.index - b.index,
    path: (a, b) => (a.place.path < b.place.path ? -1 : a.place.path > b.place.path ? 1 : 0) || a.place.region.start_line - b.place.region.start_line || a.index - b.index,
    check: (a, b) => (a.check < b.check ? -1 : a.check > b.check ? 1 : 0) || a.rank - b.rank || a.index - b.index,
  };
  const GROUPS = { family: (f) => f.family, check: (f) => f.check, path: (f) => f.place.path, severity: (f) => f.severity };

  const target = document.getElementById('findings');
  const more = document.getElementById('more');
  let queue = [];
  let shown = 0;
  const extend = (until) => {
    const fragment = document.createDocumentFragment();
    for (; shown < Math.min(until, queue.length); shown += 1) fragment.append(queue[shown]());
    target.append(fragment);
    more.hidden = shown >= queue.length;
  };
  const draw = () => {
    const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = findings.filter((finding) => !state.off.has(finding.severity) && (!state.check || finding.check === state.check)
      && (!state.onlyNew || finding.state === 'new') && words.every((word) => finding.text.includes(word)));
    kept.sort(ORDERS[state.sort]);
    queue = [];
    const of = GROUPS[state.group];
    if (of) {
      const groups = new Map();
      for (const finding of kept) {
        const key = of(finding);
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(finding);
      }
      for (const [key, members] of groups) {
        queue.push(() => make('h2', { class: 'group' }, `${clean(key)} `, make('small', { text: counted(members.length, 'finding', 'findings') })));
        for (const finding of members) queue.push(() => row(finding));
      }
    } else {
      queue = kept.map((finding) => () => row(finding));
    }
    target.replaceChildren();
    shown = 0;
    extend(STEP);
    if (!kept.length && findings.length) target.append(make('p', { class: 'none', text: 'Nothing fits these filters.' }));
    const gone = findings.filter((finding) => finding.state === 'gone').length;
    const all = counted(findings.length - gone, 'finding', 'findings') + (gone ? ` and ${gone.toLocaleString('en')} gone` : '');
    document.getElementById('count').textContent = kept.length === findings.length ? all : `${kept.length.toLocaleString('en')} of ${all}`;
  };

  const controls = () => {
    const tiles = document.querySelector('.tiles');
    for (const severity of SEVERITIES) {
      const count = findings.filter((finding) => finding.severity === severity && finding.state !== 'gone').length;
      const tile = make('button', { type: 'button', class: `tile ${severity}`, 'aria-pressed': 'true', disabled: count === 0 },
        make('b', { text: count.toLocaleString('en') }), make('span', { text: severity }));
      tile.addEventListener('click', () => {
        const on = tile.getAttribute('aria-pressed') === 'true';
        tile.setAttribute('aria-pressed', on ? 'false' : 'true');
        if (on) state.off.add(severity); else state.off.delete(severity);
        draw();
      });
      tiles.append(tile);
    }
    const select = document.getElementById('check');
    for (const check of [...new Set(findings.map((finding) => finding.check))].sort()) select.append(make('option', { value: check, text: check }));
    for (const name of ['check', 'group', 'sort']) {
      document.getElementById(name).addEventListener('change', (event) => { state[name] = event.target.value; draw(); });
    }
    const search = document.getElementById('search');
    let waiting;
    search.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { state.text = search.value; draw(); }, 80);
    });
    if (findings.some((finding) => finding.state)) {
      document.querySelector('.new').hidden = false;
      document.getElementById('new').addEventListener('change', (event) => { state.onlyNew = event.target.checked; draw(); });
    }
    document.getElementById('controls').hidden = false;
    document.querySelector('.keys').hidden = false;
    document.addEventListener('keydown', (event) => {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape' && event.target === search) {
        search.value = ''; state.text = ''; draw(); search.blur();
      } else if (event.key === '/' && !typing) {
        event.preventDefault(); search.focus();
      } else if ((event.key === 'j' || event.key === 'k') && !typing) {
        const all = [...target.querySelectorAll('summary')];
        const at = all.indexOf(document.activeElement);
        if (event.key === 'j' && at + 1 >= all.length && shown < queue.length) extend(shown + STEP);
        const next = [...target.querySelectorAll('summary')][event.key === 'j' ? at + 1 : Math.max(0, at - 1)];
        if (next) { next.focus(); next.scrollIntoView({ block: 'nearest' }); }
      }
    });
    more.querySelector('button').addEventListener('click', () => extend(shown + STEP));
    if ('IntersectionObserver' in window) {
      new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) extend(shown + STEP); }, { rootMargin: '600px' }).observe(more);
    }
    window.addEventListener('beforeprint', () => extend(PRINTED));
  };

  const section = (title, items, open) => {
    if (!items.length) return;
    const entries = make('ul', {}, ...items.slice(0, 1000).map((item) => make('li', {}, ...item)));
    if (items.length > 1000) entries.append(make('li', { class: 'soft', text: `and ${counted(items.length - 1000, 'more', 'more')}` }));
    document.getElementById('rest').append(make('section', {}, make('details', { open },
      make('summary', { text: `${title} (${items.length.toLocaleString('en')})` }), entries)));
  };
  const about = (problem) => [problem.path === undefined ? '' : make('code', { text: problem.path }), problem.path === undefined ? '' : ': ', rich(problem.message)];

  if (findings.length) { controls(); draw(); } else {
    target.append(make('p', { class: 'none', text: data.complete ? 'Nothing was found.' : 'Nothing was found in what was scanned; see below what was not.' }));
  }
  section('Not scanned', [...data.problems.map(about), ...data.not_run.map((one) => [make('code', { text: one.checks.join(', ') }), `: ${one.how}: `, rich(one.reason)])], true);
  section('Dependencies that were not checked', data.not_checked.map((one) => [make('code', { text: one.path }), `: ${clean(one.ecosystem)}, ${clean(one.reason.replaceAll('-', ' '))}`]), false);
  section('Claims of the policy', data.claims.map((one) => [make('code', { text: `${one.place.path}:${one.place.region.start_line}` }), `: ${clean(one.verdict)}, ${clean(one.reason)}`]), false);
  section('Signatures', data.signatures.map((one) => [make('code', { text: one.path }), `: ${clean(one.standing)}, ${clean(one.reason)}`]), false);
  section('Suppressed', data.suppressed.map((one) => [make('span', { class: 'place', text: where(one.finding.place) }), ` ${clean(one.finding.check)} `, make('span', { class: 'soft', text: `(${one.by}: ${one.reason})` })]), false);
  section('Notices', data.notices.map(about), false);
  section('Skipped', data.skipped.map((one) => [make('code', { text: one.path }), ` ${clean(one.reason)}`]), false);
})();
