import type { Token, Tokens } from 'marked';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Link } from './mrkdwn.js';

// marked leaves entities in its texts as they were written.
const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const decoded = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

const all = (tokens: readonly Token[] | undefined): ComponentChildren =>
  (tokens ?? []).map((token, index) => <Piece key={index} token={token} />);

function Table({ token }: { token: Tokens.Table }) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            {token.header.map((cell, index) => (
              <th key={index}>{all(cell.tokens)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, at) => (
                <td key={at}>{all(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, index) => (
    <li key={index}>
      {item.task ? <input type="checkbox" checked={item.checked === true} disabled aria-label={item.checked ? 'done' : 'to do'} /> : null}
      {all(item.tokens)}
    </li>
  ));
  return token.ordered ? <ol start={token.start === '' ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

const HEADINGS = ['h3', 'h4', 'h5', 'h6', 'h6', 'h6'] as const;

function Piece({ token }: { token: Token }): ComponentChildren {
  switch (token.type) {
    case 'heading': {
      const Heading = HEADINGS[(token as Tokens.Heading).depth - 1] ?? 'h6';
      return <Heading>{all(token.tokens)}</Heading>;
    }
    case 'paragraph':
      return <p>{all(token.tokens)}</p>;
    case 'blockquote':
      return <blockquote>{all(token.tokens)}</blockquote>;
    case 'code':
      return <pre>{token.text as string}</pre>;
    case 'list':
      return <List token={token as Tokens.List} />;
    case 'table':
      return <Table token={token as Tokens.Table} />;
    case 'hr':
      return <hr />;
    case 'strong':
      return <strong>{all(token.tokens)}</strong>;
    case 'em':
      return <em>{all(token.tokens)}</em>;
    case 'del':
      return <s>{all(token.tokens)}</s>;
    case 'codespan':
      return <code>{decoded(token.text as string)}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Link url={token.href as string}>{all(token.tokens)}</Link>;
    case 'image':
      return <Link url={token.href as string}>[image: {token.text as string}]</Link>;
    case 'space':
    case 'def':
      return null;
    case 'text':
      return token.tokens ? all(token.tokens) : decoded(token.text as string);
    case 'escape':
      return <>{token.text as string}</>;
    default:
      // HTML and whatever else there may be stands there as it was written.
      return <>{token.raw}</>;
  }
}

let lexer: ((text: string, options: { gfm: boolean }) => Token[]) | undefined;

/** The reader of CommonMark is nearly half of all the page's code, and most channels do without: it comes by itself, later. */
export async function loadMarkdown(): Promise<void> {
  lexer ??= (await import('marked')).marked.lexer;
}

/** CommonMark with tables, as elements; HTML in it stays text. Until it can be read, and where it cannot, it stands as it was written. */
export function Markdown({ text }: { text: string }) {
  const [, redraw] = useState(false);
  useEffect(() => {
    if (!lexer)
      loadMarkdown().then(
        () => redraw(true),
        () => undefined,
      );
  }, []);
  return lexer ? <div class="markdown">{all(lexer(text, { gfm: true }))}</div> : <div class="markdown pre">{text}</div>;
}
