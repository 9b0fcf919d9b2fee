import { NameTable } from './names.js';

/** What every rule takes for granted: calls that pass text on, that make it harmless for all, and how the web frameworks hand it over. */

const table = (names: string[]): NameTable<true> => {
  const made = new NameTable<true>();
  for (const name of names) made.add(name, true);
  return made;
};

/** The result holds the arguments' text. */
export const passesOn = table([
  '{str,bytes,list,tuple,set,sorted,reversed,iter,next,dict,repr,bytearray,String,Array.from,Object.values,Object.keys,Object.entries,enumerate,zip,copy.copy,copy.deepcopy}',
  'Object.assign',
  'filter',
  '{JSON.parse,JSON.stringify,json.loads,json.dumps,structuredClone}',
  '{decodeURIComponent,decodeURI,unescape,encodeURI}',
  'urllib.parse.{unquote,unquote_plus,urljoin,urlparse,urlsplit,urlunparse,urlunsplit,parse_qs,parse_qsl}',
  'urlparse',
  '{URL,URLSearchParams,Request,url.URL,url.parse,url.resolve,url.format,querystring.parse,qs.parse,Buffer.from,Buffer.concat,atob,btoa}',
  '{base64.b64decode,base64.urlsafe_b64decode,base64.b64encode,binascii.unhexlify}',
  'util.format',
  'textwrap.dedent',
  '{io.BytesIO,io.StringIO,BytesIO,StringIO}',
  '{yarl.URL,httpx.URL,furl.furl}',
  '{typing.cast,cast}',
  '{Promise.resolve,Promise.all}',
  '{vscode.Uri.parse,pathToFileURL,url.fileURLToPath,url.pathToFileURL}',
]);

/** Paths put together: the value is a path, and in Node one without `..` in its middle. */
export const joinsPaths = table([
  'path.{join,resolve,normalize}',
  '{join,resolve}',
  'os.path.{join,expanduser,expandvars,normcase}',
  'pathlib.{Path,PurePath,PosixPath}',
  'posixpath.join',
  'anyio.Path',
]);
export const normalisesPaths = table([
  'path.{join,resolve,normalize}',
  'os.path.{realpath,abspath,normpath}',
  'posixpath.normpath',
  'fs.{realpath,realpathSync}',
  '*.{resolve,absolute,realpath}',
  'realpath',
  'realpathSync',
]);

/** Of the result nothing is left that could do harm anywhere. */
export const cleansAll = table([
  '{int,float,bool,complex,Number,parseInt,parseFloat,Boolean,BigInt,round,abs,Number.parseInt,Number.parseFloat}',
  '{hash,ord,id,hex,oct,bin}',
  'uuid.{UUID,validate}',
  'UUID',
  '{datetime.datetime,datetime.date}.{fromisoformat,strptime,fromtimestamp}',
  '{datetime,date}.{fromisoformat,strptime}',
  'decimal.Decimal',
  'Decimal',
  'ipaddress.{ip_address,ip_network}',
  '{encodeURIComponent,urllib.parse.quote_plus}',
  'hashlib.{md5,sha1,sha256,sha512,blake2b}',
  '*.{hexdigest,digest}',
  'mongoose.Types.ObjectId',
  '{ObjectId,bson.ObjectId,mongodb.ObjectId}',
  'Date',
]);

/** The result tells next to nothing: not even a check of it is a check of the argument. */
export const tellsNothing = table([
  '{len,isinstance,type,callable,hasattr,print,os.path.commonprefix,os.path.exists,os.path.isfile,os.path.isdir,path.extname}',
  'console.{log,error,warn,info,debug}',
  'Array.isArray',
]);

export const passingMethods = new Set(
  (
    'get getlist getall getAll get_all getone pop items values keys entries copy strip lstrip rstrip trim trimStart trimEnd split rsplit ' +
    'splitlines partition rpartition replace replaceAll join lower upper casefold title capitalize format format_map encode decode toString ' +
    'toLowerCase toUpperCase slice substring substr concat at charAt normalize padStart padEnd repeat match matchAll exec groups group ' +
    'removeprefix removesuffix zfill ljust rjust center expandtabs translate json text read readline readlines form body formData ' +
    'arrayBuffer buffer getvalue valueOf flat reverse sort filter shift push append extend to_dict dict model_dump flatten getfirst ' +
    'searchParams with_suffix joinpath as_posix absolute resolve expanduser relative_to readAsText first last next unwrap geturl human_repr ' +
    'then catch finally getData'
  ).split(' '),
);

/** Methods that call what they are given with the members of their receiver. */
export const iteratingMethods = new Set([
  'map',
  'forEach',
  'filter',
  'flatMap',
  'some',
  'every',
  'find',
  'findIndex',
  'reduce',
  'then',
  'each',
]);

/** A member of a URL or path that is checked in place of the whole. */
export const speaksForWhole = new Set(['hostname', 'host', 'netloc', 'origin', 'href', 'drive', 'parents', 'parts', 'authority']);
/** A member that holds nothing an attacker could use. */
export const harmlessMembers = new Set([
  'length',
  'size',
  'protocol',
  'scheme',
  'suffix',
  'suffixes',
  'port',
  'status_code',
  'constructor',
  'count',
]);

export const requestSources = new Set(
  (
    'query body params param headers header cookies url originalUrl path args form values json data files file GET POST META COOKIES FILES ' +
    'query_params path_params match_info rel_url query_string view_args get_json get_data post text read stream get rawBody nextUrl formData ' +
    'arrayBuffer multipart full_path raw_path rawQuery queries parseBody body_arguments query_arguments arguments uri getlist cookie pathname ' +
    'searchParams parts getHeader body_exists payload rel_path referrer hostname'
  ).split(' '),
);
export const contextSources = new Set([
  'query',
  'params',
  'headers',
  'header',
  'url',
  'originalUrl',
  'path',
  'cookies',
  'querystring',
  'get',
  'href',
]);
export const eventSources = new Set([
  'queryStringParameters',
  'pathParameters',
  'body',
  'headers',
  'multiValueQueryStringParameters',
  'rawPath',
  'rawQueryString',
  'path',
]);

/** Calls whose result comes from the request: of Tornado's handlers, Flask's globals and others. */
export const sourceCalls = table([
  '{self,this}.{get_argument,get_arguments,get_query_argument,get_query_arguments,get_body_argument,get_body_arguments,get_cookie}',
  'flask.request.{get_json,get_data}',
  '{bottle.request,quart.request}.*',
]);
export const sourceNames = table([
  '{flask,quart}.request.{args,form,values,json,data,files,headers,cookies,view_args,path,url,full_path,query_string,stream,referrer,base_url,host}',
  'bottle.request.{query,forms,params,json,files,headers,cookies,GET,POST}',
  '{self,this}.request.{body,arguments,query_arguments,body_arguments,uri,query,GET,POST,data,query_params,FILES,headers,params,json,path,files}',
]);

/** Names in archives: whoever made the archive chose them. */
export const entrySources = table([
  '*.{namelist,infolist,getmembers,getnames,getEntries}',
  'tarfile.open().{next,getmember}',
  'Object.keys(*.files)',
]);

export const pythonFrameworks =
  /\b(django|flask|fastapi|starlette|aiohttp|tornado|rest_framework|sanic|quart|bottle|falcon|pyramid|litestar|werkzeug|robyn|blacksheep)\b|\brequest: ['"]?(\w+\.)?Request\b/;

/** Calls that run a function elsewhere, with the arguments that follow it. */
export const runsElsewhere = table(['*.{run_sync,to_thread,run_in_threadpool}', '{to_thread,run_in_threadpool}']);

export const routeMethods = new Set(
  'route get post put delete patch head options all use any api_route websocket websocket_route add_url_rule view on_get handle'.split(' '),
);
export const toolDecorators = /^(.*\.)?(tool|function_tool|register_tool|kernel_function)$/;
