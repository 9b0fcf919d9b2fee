import { useState } from 'preact/hooks';
import { RichText } from './rich-text.js';
import { type Json, list, text } from './types.js';

const Cell = ({ cell }: { cell: Json }) => (cell.type === 'rich_text' ? <RichText block={cell} /> : text(cell.text) || text(cell.value));

/** `table` and `data_table`; the first row is the head. */
export function Table({ block }: { block: Json }) {
  const rows = (Array.isArray(block.rows) ? block.rows : []).map(list);
  const [head = [], ...body] = rows;
  const size = typeof block.page_size === 'number' && block.page_size > 0 ? block.page_size : body.length || 1;
  const [page, turn] = useState(0);
  const pages = Math.max(1, Math.ceil(body.length / size));
  const settings = Array.isArray(block.column_settings) ? (block.column_settings as (Json | null)[]) : [];
  const className = (column: number): string => {
    const align = text(settings[column]?.align);
    return align === 'right' || align === 'center' ? align : '';
  };
  return (
    <div class="block wide">
      <table>
        {block.caption ? <caption>{text(block.caption)}</caption> : null}
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th key={column} scope="col" class={className(column)}>
                <Cell cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.slice(page * size, (page + 1) * size).map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} class={className(column)}>
                  <Cell cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {pages > 1 ? (
        <div class="paging">
          <button type="button" class="button" disabled={page === 0} onClick={() => turn(page - 1)}>
            Earlier
          </button>
          <span>
            {page + 1} of {pages}
          </span>
          <button type="button" class="button" disabled={page >= pages - 1} onClick={() => turn(page + 1)}>
            Later
          </button>
        </div>
      ) : null}
    </div>
  );
}
